/** Comments of a .proto file, by the path of what they stand before, as docstrings of Python. */
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** Gives the comment before the node at a path of field numbers (descriptor.proto); empty without one. */
export type Comments = (path: readonly number[]) => string;

export function commentsOf(file: FileDescriptorProto): Comments {
  const locations = file.sourceCodeInfo?.location ?? [];
  const byPath = new Map(locations.map(({ path, leadingComments }) => [path.join(), leadingComments]));
  return (path) => (byPath.get(path.join()) ?? '').trim();
}

const WIDTH = 100;

/** A docstring; no lines without a comment. */
export function docstring(comment: string, indent: string): string[] {
  const text = comment.replace(/\s+/g, ' ').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  if (text === '') return [];
  const lines: string[] = [];
  let line = `${indent}"""`;
  for (const word of text.split(' ')) {
    if (line.length + word.length >= WIDTH && line.trim() !== '"""') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += line.endsWith('"""') || line === indent ? word : ` ${word}`;
  }
  return [...lines, `${line}"""`];
}
