#!/usr/bin/env node
// The program itself is built (`npm run build`, which `npm ci` does) from src/cli.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`worldswitch: Node.js 20.19 or newer is needed, this is ${process.versions.node}\n`);
  process.exit(2);
}
let program;
try {
  program = await import('../dist/cli/main.js');
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(`worldswitch: it is not built or not installed completely: npm ci (${error.message})\n`);
  process.exit(2);
}
const status = await program.main(process.argv.slice(2));
// A pipe takes what is written when its reader does: leave only once all is out.
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => { stream.write('', resolve); });
process.exit(status);
