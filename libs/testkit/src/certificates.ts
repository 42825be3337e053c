/**
 * X.509 certificates made at test time, so that no key lies in the repository and no test needs the openssl command.
 * P-256 keys, ECDSA with SHA-256, version 3 with basicConstraints and subjectAltName: what TLS between services looks
 * at. Not for production: serial numbers are counted and nothing can be revoked. Source: RFC 5280, encoded in DER
 * (X.690).
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says beside its common name. */
export interface CertificateTerms {
  /** DNS names and IPv4 addresses that it is for. */
  readonly hosts?: readonly string[];
  /** End of its validity, in days from now; negative: it expired. Default 1. It is valid from two days ago. */
  readonly days?: number;
}

const DAY_MS = 24 * 3_600_000;
let serial = 0;

/** An authority that signs certificates. */
export class CertificateAuthority {
  /** The authority's own certificate, PEM. */
  readonly cert: string;
  private readonly key: KeyObject;

  constructor(private readonly name: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.key = privateKey;
    this.cert = certificate({ subject: name, issuer: name, publicKey, signer: privateKey, authority: true });
  }

  /** A certificate for `subject` with a key of its own. */
  issue(subject: string, terms: CertificateTerms = {}): CertificatePair {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cert = certificate({ subject, issuer: this.name, publicKey, signer: this.key, ...terms });
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
  }
}

interface Certificate extends CertificateTerms {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly authority?: boolean;
}

function certificate(of: Certificate): string {
  const now = Date.now();
  const algorithm = sequence(oid(1, 2, 840, 10045, 4, 3, 2)); // ecdsa-with-SHA256
  const hosts = of.hosts ?? [];
  const extensions = [
    extension(oid(2, 5, 29, 19), sequence(...(of.authority === true ? [tagged(0x01, Buffer.of(0xff))] : []))),
    ...(hosts.length === 0 ? [] : [extension(oid(2, 5, 29, 17), sequence(...hosts.map(generalName)))]),
  ];
  const signed = sequence(
    tagged(0xa0, integer(2)),
    integer(++serial),
    algorithm,
    nameOf(of.issuer),
    sequence(time(now - 2 * DAY_MS), time(now + (of.days ?? 1) * DAY_MS)),
    nameOf(of.subject),
    of.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = bitString(sign('sha256', signed, of.signer));
  const lines = sequence(signed, algorithm, signature)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Tag, length, value. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...size), value]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const bitString = (bytes: Buffer): Buffer => tagged(0x03, Buffer.of(0), bytes);

/** A whole number from 0 to 2^31 - 1. */
function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(value, 1);
  let first = 0;
  while (first < 4 && bytes[first] === 0 && bytes[first + 1]! < 128) first++;
  return tagged(0x02, bytes.subarray(first));
}

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const groups = rest.flatMap((part) => {
    const sevens = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) sevens.unshift((left & 127) | 128);
    return sevens;
  });
  return tagged(0x06, Buffer.of(40 * first + second, ...groups));
}

/** GeneralizedTime, to the second. */
function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`;
  return tagged(0x18, Buffer.from(text));
}

/** A distinguished name of a common name alone. */
function nameOf(commonName: string): Buffer {
  const attribute = sequence(oid(2, 5, 4, 3), tagged(0x0c, Buffer.from(commonName)));
  return sequence(tagged(0x31, attribute));
}

/** An extension that is not critical; its content is wrapped as octets. */
function extension(id: Buffer, content: Buffer): Buffer {
  return sequence(id, tagged(0x04, content));
}

function generalName(host: string): Buffer {
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(host);
  return isAddress ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host));
}
