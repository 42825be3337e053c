/**
 * A small S3 server for tests, on loopback and in memory: the part of the API that the store uses, path style, with
 * conditional writes, checksums, multipart uploads and pages. It can inject faults: errors, cut responses, timeouts.
 * It checks the id of the access key, but no signatures.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredObject {
  readonly body: Buffer;
  modifiedMs: number;
}

/** A fault instead of the response. `cut`: half of the response, then the connection closes. */
export type Fault = 'error' | 'slow-down' | 'cut' | 'silence' | 'full';

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
  initiatedMs: number;
}

export const ACCESS_KEY = { id: 'soar-test', secret: 'not a secret' };
const PAGE = 1_000;

export class S3Server {
  /** Objects of the one bucket, by key. */
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, Upload>();
  /** The requests so far: "PUT run/manifest.json". */
  readonly requests: string[] = [];
  /** Chooses the fault of each request, before the request is handled. */
  fault: (request: string) => Fault | undefined = () => undefined;
  /** Whether the server ignores the conditions of conditional writes. */
  ignoresConditions = false;

  private constructor(
    private readonly server: Server,
    readonly bucket: string,
  ) {}

  static async start(bucket = 'bucket'): Promise<S3Server> {
    const server = createServer();
    const made = new S3Server(server, bucket);
    server.on('request', (request, response) => {
      made.serve(request, response).catch(() => request.socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return made;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const line = `${request.method} ${key || url.search}`;
    this.requests.push(line);
    const fault = this.fault(line);
    if (fault === 'silence') return;
    const answer =
      this.failed(fault) ??
      refused(request) ??
      (bucket === this.bucket
        ? this.answer(request, url.searchParams, key, Buffer.concat(chunks))
        : failure(404, 'NoSuchBucket'));
    const { status, headers = {}, body = '' } = answer;
    response.writeHead(status, { ...headers, 'content-length': headers['content-length'] ?? body.length });
    if (fault !== 'cut') response.end(request.method === 'HEAD' ? undefined : body);
    else response.write(body.slice(0, body.length / 2), () => request.socket.destroy());
  }

  private failed(fault: Fault | undefined): Answer | undefined {
    if (fault === 'error') return failure(500, 'InternalError');
    if (fault === 'slow-down') return failure(503, 'SlowDown');
    return fault === 'full' ? failure(507, 'XMinioStorageFull') : undefined;
  }

  private answer(
    { method, headers }: IncomingMessage,
    query: URLSearchParams,
    key: string,
    body: Buffer,
  ): Answer {
    const upload = query.get('uploadId');
    if (key === '') {
      if (method === 'GET') return query.has('uploads') ? this.listUploads() : this.list(query);
      return method === 'POST' && query.has('delete') ? this.deleteAll(body) : failure(501, 'NotImplemented');
    }
    const checksum = headers['x-amz-checksum-sha256'];
    if (method === 'PUT' && checksum !== undefined && checksum !== sha256(body))
      return failure(400, 'BadDigest');
    if (method === 'PUT' && upload !== null) {
      this.uploads.get(upload)!.parts.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: `"${sha256(body)}"` } };
    }
    if (method === 'PUT') {
      const taken = headers['if-none-match'] === '*' && this.objects.has(key);
      if (taken && !this.ignoresConditions) return failure(412, 'PreconditionFailed');
      this.objects.set(key, { body, modifiedMs: Date.now() });
      return { status: 200 };
    }
    if (method === 'POST' && query.has('uploads')) return this.begin(key);
    if (method === 'POST' && upload !== null) return this.complete(upload, body.toString('utf8'));
    if (method === 'DELETE' && upload !== null) {
      this.uploads.delete(upload);
      return { status: 204 };
    }
    const found = this.objects.get(key)?.body;
    if (found === undefined) return failure(404, 'NoSuchKey');
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    if (range === null) return { status: 200, headers: { 'content-length': found.length }, body: found };
    const [from, to] = [Number(range[1]), Number(range[2])];
    return from < found.length
      ? { status: 206, body: found.subarray(from, to + 1) }
      : failure(416, 'InvalidRange');
  }

  private list(query: URLSearchParams): Answer {
    const start = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const size = Math.min(PAGE, Number(query.get('max-keys') ?? PAGE));
    const keys = [...this.objects.keys()]
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .filter((key) => key.startsWith(start) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
    const page = keys.slice(0, size).map((key) => {
      const { body, modifiedMs } = this.objects.get(key)!;
      const modified = new Date(modifiedMs).toISOString();
      const size = `<Size>${body.length}</Size>`;
      return `<Contents><Key>${escaped(key)}</Key>${size}<LastModified>${modified}</LastModified></Contents>`;
    });
    const more = keys.length > size;
    const next = more ? `<NextContinuationToken>${escaped(keys[size - 1]!)}</NextContinuationToken>` : '';
    return xml('ListBucketResult', `<IsTruncated>${more}</IsTruncated>${next}${page.join('')}`);
  }

  private listUploads(): Answer {
    const uploads = [...this.uploads].map(
      ([id, { key, initiatedMs }]) =>
        `<Upload><Key>${escaped(key)}</Key><UploadId>${id}</UploadId>` +
        `<Initiated>${new Date(initiatedMs).toISOString()}</Initiated></Upload>`,
    );
    return xml('ListMultipartUploadsResult', uploads.join(''));
  }

  private deleteAll(body: Buffer): Answer {
    for (const [, key] of body.toString('utf8').matchAll(/<Key>(.*?)<\/Key>/g))
      this.objects.delete(unescaped(key!));
    return xml('DeleteResult', '');
  }

  private begin(key: string): Answer {
    const id = `upload-${this.requests.length}`;
    this.uploads.set(id, { key, parts: new Map(), initiatedMs: Date.now() });
    return xml('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`);
  }

  private complete(id: string, asked: string): Answer {
    const upload = this.uploads.get(id);
    if (upload === undefined) return failure(404, 'NoSuchUpload');
    const parts = [...asked.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part]) => {
      const body = upload.parts.get(Number(/<PartNumber>(\d+)</.exec(part!)?.[1]));
      const checksum = /<ChecksumSHA256>(.*?)</.exec(part!)?.[1];
      return body !== undefined && checksum === sha256(body) ? body : undefined;
    });
    if (parts.length === 0 || parts.includes(undefined)) return failure(400, 'InvalidPart');
    this.objects.set(upload.key, { body: Buffer.concat(parts as Buffer[]), modifiedMs: Date.now() });
    this.uploads.delete(id);
    return xml('CompleteMultipartUploadResult', '<ETag>"whole"</ETag>');
  }
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer | string;
}

function refused({ headers }: IncomingMessage): Answer | undefined {
  const known = headers.authorization?.includes(`Credential=${ACCESS_KEY.id}/`) === true;
  return known ? undefined : failure(403, 'InvalidAccessKeyId');
}

function failure(status: number, code: string): Answer {
  return { ...xml('Error', `<Code>${code}</Code><Message>as the test wants it</Message>`), status };
}

function xml(root: string, content: string): Answer & { body: string } {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`,
  };
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function unescaped(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(#\d+|\w+);/g, (all, name: string) =>
    name.startsWith('#') ? String.fromCharCode(Number(name.slice(1))) : (named[name] ?? all),
  );
}
