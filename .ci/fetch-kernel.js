// Fetches Debian's kernel, device tree and busybox into the user's cache; with `module`, builds the kernel module of guest/linux there. Says why where it cannot.
import { debianGuest, kernelDrivers, kernelModule } from '../dist/host/index.js';

const result = await debianGuest();
if (!result.ok) {
  console.error(`Debian's kernel cannot be had: ${result.error.message}`);
  process.exit(1);
}
const { kernelVersion, packages } = result.guest;
const named = (list) => list.map(({ name, version, sha256 }) => `${name} ${version} (SHA-256 ${sha256})`).join(', ');
console.log(`linux-image-${kernelVersion}: ${named(packages)}`);
if (process.argv[2] === 'module') {
  const drivers = await kernelDrivers({ kernelVersion });
  if (!drivers.ok) {
    console.error(`the kernel's modules cannot be had: ${drivers.error.message}`);
    process.exit(1);
  }
  console.log(`modules: ${drivers.drivers.map(({ name }) => name).join(' ')}`);
  const built = await kernelModule({ kernelVersion, retry: true });
  if (!built.ok) {
    console.error(`the kernel module cannot be built: ${built.error.message}`);
    process.exit(1);
  }
  console.log(`${built.module.path}: ${built.module.compiler}; ${named(built.module.packages)}`);
}
