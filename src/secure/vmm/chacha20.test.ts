/** Vectors: RFC 8439, 2.3.2 and appendix A.1 (vectors 1, 2 and 3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chacha20Block } from './chacha20.ts';

const words = (hex: string): number[] => [...new Uint32Array(new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex')).buffer)];
const block = (key: string, counter: number, nonce: string): string => Buffer.from(chacha20Block(words(key), counter, words(nonce)).buffer).toString('hex');
const zeros = '00'.repeat(32);

for (const [key, counter, nonce, expected] of [
  ['000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 1, '000000090000004a00000000',
    '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e'],
  [zeros, 0, '000000000000000000000000', '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586'],
  [zeros, 1, '000000000000000000000000', '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f'],
  [`${'00'.repeat(31)}01`, 1, '000000000000000000000000', '3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0'],
] as const) {
  test(`block ${counter} of key ${key.slice(-8)}`, () => { assert.equal(block(key, counter, nonce), expected); });
}
