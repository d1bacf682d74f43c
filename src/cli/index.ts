/** The `worldswitch` command. */
export { main } from './main.ts';
