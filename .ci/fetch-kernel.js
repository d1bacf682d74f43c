// Fetches Debian's kernel, device tree and busybox into the user's cache, or says why not.
import { debianGuest } from '../dist/host/index.js';

const result = await debianGuest();
if (result.ok) console.log(`linux-image-${result.guest.kernelVersion}: ${result.guest.packages.map(({ name, version, sha256 }) => `${name} ${version} (SHA-256 ${sha256})`).join(', ')}`);
else console.error(`Debian's kernel cannot be had: ${result.error.message}`);
process.exitCode = result.ok ? 0 : 1;
