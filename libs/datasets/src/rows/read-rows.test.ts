/**
 * The same rows from every format, and one clear message for every file that is damaged, cut off or something else.
 * Parquet and Arrow files were written by pyarrow and Hugging Face datasets (testdata/make.py).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { testdata, testFolder } from '../testing/files.js';
import { zip } from '../testing/zip.js';
import { readRows } from './read-rows.js';
import type { Row } from './row.js';
import type { SplitChoice } from './splits.js';

const folder = testFolder();

async function rowsOf(path: string, choice: SplitChoice = {}): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(path, choice)) rows.push(row);
  return rows;
}
const fieldsOf = async (path: string, choice?: SplitChoice) =>
  (await rowsOf(path, choice)).map(({ fields }) => fields);
/** Place and error of the rows of a file, below the temporary folder. */
const placesOf = async (path: string) =>
  (await rowsOf(path)).map(({ place, error }) => [place.slice(folder.path.length + 1), error]);

const rows = [
  { question: '1 + 1?', answer: '2' },
  { question: 'é, "x";\n€?', answer: '\\frac{1}{2}' },
];
const lines = rows.map((row) => `${JSON.stringify(row)}\r\n`).join('\n');
const csv = 'question,answer\r\n1 + 1?,2\r\n\r\n"é, ""x"";\n€?",\\frac{1}{2}\r\n';

test('a text format is read with and without byte order mark, line feeds of any kind and compression', async () => {
  const files: Record<string, string> = {
    'a.jsonl': lines,
    'no-suffix': lines,
    'lines.json': lines,
    'list.json': JSON.stringify(rows, null, 2),
    'list.jsonl': `\n ${JSON.stringify(rows)}`,
    'wrapped.json': JSON.stringify({ version: 2, data: rows }),
    'a.csv': csv,
    'semicolons.csv': csv.replaceAll(',', ';').replace('é;', 'é,'),
    'a.tsv': csv.replaceAll(',', '\t').replace('é\t', 'é,'),
  };
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    const packed = name.endsWith('suffix') ? 'packed' : `${name}.gz`;
    const forms = {
      [name]: bytes,
      [`bom/${name}`]: Buffer.from(`\ufeff${text}`),
      [packed]: gzipSync(bytes),
      // gzip without its suffix: the name says no more than the format of the text
      [`bare/${name}`]: gzipSync(bytes),
    };
    for (const [form, content] of Object.entries(forms))
      assert.deepEqual(await fieldsOf(folder.write(form, content)), rows, form);
  }
});

test('a row is named by file and line, or by its number where a format has no lines', async () => {
  assert.deepEqual(await placesOf(folder.write('p.jsonl', '\n{"a":1}\n\n{"a":\n[1]')), [
    ['p.jsonl:2', undefined],
    ['p.jsonl:4', 'malformed JSON: Unexpected end of JSON input'],
    ['p.jsonl:5', 'expected a JSON object, got [1]'],
  ]);
  assert.deepEqual(await placesOf(folder.write('p.json', '[{"a":1},2]')), [
    ['p.json: row 1', undefined],
    ['p.json: row 2', 'expected a JSON object, got 2'],
  ]);
  assert.deepEqual(await placesOf(folder.write('p.csv', 'a\n\n1\n"2\n3"\n4\n')), [
    ['p.csv:3', undefined],
    ['p.csv:5', undefined],
    ['p.csv:6', undefined],
  ]);
});

test('numbers keep the digits of the file', async () => {
  const text =
    '{"id":9007199254740993,"answer":145.0,"x":[1e400,0.1,-7],"text":"12345678901234567890 \\" 1.0"}';
  const fields = {
    id: '9007199254740993',
    answer: '145.0',
    x: ['1e400', 0.1, -7],
    text: '12345678901234567890 " 1.0',
  };
  assert.deepEqual(await fieldsOf(folder.write('n.jsonl', text)), [fields]);
});

test('Parquet is read in every compression, over row groups, numbers as text would have them', async () => {
  const common = { prompt: [{ role: 'user', content: '1 + 1?' }] };
  const expected = [
    { id: '9007199254740993', question: '1 + 1?', answer: 2, ...common, tags: ['a', 'b'] },
    { id: 2, question: 'half?', answer: 0.5, ...common, tags: [] },
    { id: 3, question: 'é?', answer: 1e21, ...common },
  ];
  for (const codec of ['none', 'snappy', 'gzip', 'brotli', 'zstd'])
    assert.deepEqual(await fieldsOf(testdata(`values-${codec}.parquet`)), expected, codec);
  const packed = gzipSync(readFileSync(testdata('values-none.parquet')));
  assert.deepEqual(await fieldsOf(folder.write('packed.parquet.gz', packed)), expected);
});

test('Arrow streams are read as save_to_disk writes them', async () => {
  const path = testdata('saved/hard/data-00001-of-00002.arrow');
  const [first, second] = await rowsOf(path);
  assert.deepEqual(first?.fields, {
    prompt: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: '3 + 3?' },
    ],
    completion: [{ role: 'assistant', content: 'It is \\boxed{6}.' }],
    level: 3,
  });
  assert.equal(second?.place, `${path}: row 2`);
});

test('an archive gives the files of a split, in the order of the numbers in their names', async () => {
  const file = (n: number) => JSON.stringify({ problem: `p${n}`, solution: `\\boxed{${n}}` });
  const path = folder.write(
    'MATH.zip',
    zip({
      'MATH/test/algebra/10.json': file(10),
      'MATH/test/algebra/9.json': file(9),
      'MATH/train/algebra/1.json': file(1),
      'MATH/test/more.jsonl.gz': gzipSync(file(11)),
      '__MACOSX/MATH/test/._9.json': 'x',
      'MATH/README.md': 'x',
    }),
  );
  const test_ = await rowsOf(path, { split: 'test' });
  assert.deepEqual(
    test_.map(({ place, fields }) => [place.slice(path.length + 1), fields?.['problem']]),
    [
      ['MATH/test/algebra/9.json: row 1', 'p9'],
      ['MATH/test/algebra/10.json: row 1', 'p10'],
      ['MATH/test/more.jsonl.gz:1', 'p11'],
    ],
  );
  assert.equal((await rowsOf(path, { preferred: 'train' })).length, 1);
  await assert.rejects(rowsOf(path), /MATH\.zip: holds the splits test, train; choose one with --split/);
});

test('lists by split in one JSON document are chosen by --split', async () => {
  const path = folder.write('both.json', JSON.stringify({ train: [{ a: 1 }], test: [{ a: 2 }] }));
  assert.deepEqual(await fieldsOf(path, { split: 'test' }), [{ a: 2 }]);
  await assert.rejects(rowsOf(path), /both\.json: holds the lists train, test; choose one with --split/);
  const one = folder.write('one.json', JSON.stringify({ train: [{ a: 1 }] }));
  assert.deepEqual(await fieldsOf(one), [{ a: 1 }]);
  await assert.rejects(rowsOf(one, { split: 'test' }), /one\.json: holds the lists train/);
});

test('a file that is cut off, damaged or too large is one message', async () => {
  const packed = gzipSync(
    Buffer.from(Array.from({ length: 1000 }, (_, i) => `{"a":${(i * 7919) % 1009}}\n`).join('')),
  );
  const archive = zip({
    'a.jsonl': Array.from({ length: 1000 }, (_, i) => `{"a":${(i * 7919) % 1009}}\n`).join(''),
  });
  const damaged = Buffer.from(archive);
  damaged.fill(0xff, 60, 80);
  const parquet = readFileSync(testdata('values-snappy.parquet'));
  const arrow = readFileSync(testdata('saved/hard/data-00000-of-00002.arrow'));
  const bomb = zip({ 'b.jsonl': Buffer.alloc(101 * 2 ** 20, ' ') });
  const cases: [string, Uint8Array | string, RegExp][] = [
    ['cut.jsonl.gz', packed.subarray(0, packed.length / 2), /cut\.jsonl\.gz: is cut off: gzip/],
    [
      'wrong.jsonl.gz',
      Buffer.concat([packed.subarray(0, 100), Buffer.alloc(100)]),
      /wrong\.jsonl\.gz: is damaged: gzip/,
    ],
    ['cut.zip', archive.subarray(0, 200), /cut\.zip: cannot be read as a zip archive/],
    ['damaged.zip', damaged, /damaged\.zip: is damaged/],
    ['bomb.zip', bomb, /bomb\.zip\/b\.jsonl: more than 64 MiB; text does not shrink that far/],
    ['twice.jsonl.gz', gzipSync(packed), /twice\.jsonl\.gz: is compressed by gzip/],
    ['book.xlsx', zip({ 'xl/workbook.xml': '' }), /book\.xlsx: holds no problem files/],
    [
      'cut.parquet',
      parquet.subarray(0, 2000),
      /cut\.parquet: cannot be read as Parquet: .*; is the file complete/,
    ],
    ['zeros.parquet', Buffer.from(parquet).fill(0, 300, 1200), /zeros\.parquet: cannot be read as Parquet/],
    ['cut.arrow', arrow.subarray(0, 1200), /cut\.arrow: cannot be read as Arrow: .*; is the file complete/],
    [
      'pointer.parquet',
      'version https://git-lfs.github.com/spec/v1\n',
      /pointer\.parquet: is a Git LFS pointer/,
    ],
    ['latin1.jsonl', Buffer.from('{"a": "caf\xe9"}', 'latin1'), /latin1\.jsonl:1: not UTF-8: byte 0xe9/],
    ['latin1.csv', Buffer.from('a,b\ncaf\xe9,1', 'latin1'), /latin1\.csv:2: not UTF-8: byte 0xe9/],
    ['utf16.csv', Buffer.from('\ufeffa,b', 'utf16le'), /utf16\.csv: is UTF-16 text/],
    ['columns.csv', 'a,b\n1,2,3\n', /columns\.csv:2: malformed CSV/],
    ['quote.csv', 'a,b\n"1,2\n', /quote\.csv:2: malformed CSV: Quote Not Closed/],
    ['header.csv', 'a,a\n1,2\n', /header\.csv:1: the header has "a" twice/],
    ['cut.json', '[{"a":1},{"a"', /cut\.json: malformed JSON/],
    [
      'columns.json',
      '{"question":{"0":"q"},"answer":{"0":"1"}}',
      /columns\.json: holds columns; expected a list of obj/,
    ],
    ['lists.json', '{"question":["q"],"answer":["1"]}', /lists\.json: holds columns/],
    ['number.json', '12', /number\.json: expected a list of JSON objects, got 12/],
  ];
  for (const [name, content, message] of cases)
    await assert.rejects(rowsOf(folder.write(name, content)), { name: 'UserError', message }, name);
  await assert.rejects(rowsOf(`${folder.path}/none.jsonl`), /none\.jsonl: not found/);
  await assert.rejects(rowsOf(folder.path), /is a folder, where a file is expected/);
});

test('a backslash too few is named in JSON that it breaks', async () => {
  const [row] = await rowsOf(folder.write('sqrt.jsonl', String.raw`{"a": "\\frac \sqrt{2}"}`));
  assert.match(row!.error!, /^malformed JSON: .*: "\\sqrt" needs two backslashes in JSON$/);
});
