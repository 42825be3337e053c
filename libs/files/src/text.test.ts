/** Text is UTF-8 or refused, whole or in pieces; a file that is something else is named as what it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { decodeChunks, decodeText } from './text.js';

/** The text of `bytes` in chunks of `size` bytes. */
async function inPieces(bytes: Uint8Array, size: number): Promise<string> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  let text = '';
  for await (const piece of decodeChunks(chunks(), 'f')) text += piece;
  return text;
}

test('characters may lie across chunks, and only a leading byte order mark is dropped', async () => {
  const text = 'aé€\u{1f600}\n\ufeffb';
  const bytes = Buffer.from(`\ufeff${text}`);
  assert.equal(decodeText(bytes, 'f'), text);
  // A chunk of one byte leaves the mark in parts, so that the first whole character is the mark.
  for (const size of [1, 2, 3, 5, 100]) assert.equal(await inPieces(bytes, size), text, `${size} bytes`);
});

test('a byte that is no UTF-8 is named with its line, what is before it and its meaning in Latin-1', async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"a": 1}\n{"b": "caf'),
    Buffer.from([0xe9]),
    Buffer.from('"}\n'),
  ]);
  const message = /^f:2: not UTF-8: byte 0xe9 after ".*caf" \(in Latin-1: "é"\); convert/;
  assert.throws(() => decodeText(bytes, 'f'), { name: 'UserError', message });
  await assert.rejects(inPieces(bytes, 100), { message });
  for (const size of [1, 2, 7])
    await assert.rejects(inPieces(bytes, size), /^UserError: f:2: not UTF-8: byte 0xe9/);
  await assert.rejects(inPieces(Buffer.from([0x61, 0xe2, 0x82]), 2), /^UserError: f:1: not UTF-8: byte 0xe2/);
});

test('a file that is no text is named as what it is', () => {
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n'), /Git LFS pointer/],
    [Buffer.from('\n<!DOCTYPE html><html>'), /a web page/],
    [Buffer.from('\ufeffx', 'utf16le'), /UTF-16/],
    [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), /Zstandard/],
    [Buffer.from('BZh91AY'), /bzip2/],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x02]), /no text and in no format that is known/],
  ];
  for (const [bytes, message] of cases)
    assert.throws(
      () => decodeText(bytes, 'f'),
      (e) => e instanceof UserError && message.test(e.message),
    );
});
