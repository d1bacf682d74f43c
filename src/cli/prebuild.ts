/** The last step of `npm run build`: assembles what would else be assembled at each start. */
import { keepAssembledImages } from './assembled.ts';

keepAssembledImages();
