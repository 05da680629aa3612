// Runs a PHP script with another PHP, compiled to WebAssembly:
//
//   node php.mjs 7.2 lint.php
//   node php.mjs 8.4 phpunit.php --filter Checkout
//
// Scripts are those in the folder above. The packages are looked for in $PHP_WASM, where `make` installs them.

import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [version, script, ...rest] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const installed = createRequire(path.resolve(process.env.PHP_WASM ?? path.join(here, '../../../.cache/php-wasm'), 'node_modules', 'x'));
const build = installed.resolve(`@php-wasm/node-${version.replace('.', '-')}`);
const { getPHPLoaderModule } = await import(pathToFileURL(build));
// Each build goes with the library of its own release.
const { PHP, loadPHPRuntime } = await import(pathToFileURL(createRequire(build).resolve('@php-wasm/universal')));

const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule(), {}));
await mount('/bridge', path.resolve(here, '../..'));
await mount('/usr/share/php', '/usr/share/php');
const answer = await php.cli([
  'php', '-d', 'memory_limit=512M', '-d', 'include_path=/usr/share/php',
  // PHPUnit asks the terminal for its width, and would wait for ever.
  '-d', 'disable_functions=shell_exec,exec,proc_open,passthru,popen,system',
  `/bridge/tests/${script}`, ...rest,
]);
const [said, complained] = await Promise.all([textOf(answer.stdout), textOf(answer.stderr)]);
process.stdout.write(said);
// Newer PHP finds Debian's PHPUnit old-fashioned, at great length.
process.stderr.write(complained.replace(/^(PHP )?Deprecated: .* in \/usr\/share\/php\/.*\n?/gm, ''));
process.exitCode = await answer.exitCode;

async function mount(inside, outside) {
  php.mkdir(inside);
  await php.mount(inside, (_, FS, at) => {
    FS.mount(FS.filesystems.NODEFS, { root: outside }, at);
    return () => FS.unmount(at);
  });
}

async function textOf(stream) {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += typeof part.value === 'string' ? part.value : decoder.decode(part.value, { stream: true });
  }
  return text;
}
