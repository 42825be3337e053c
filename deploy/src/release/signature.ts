/**
 * Signed statements: an Ed25519 signature over a payload and its type, in the envelope that in-toto, SLSA and
 * Sigstore's tools use. Keys are PEM files of OpenSSL. Not here: who may hold the key, and a log of what was signed.
 * Source: https://github.com/secure-systems-lab/dsse (envelope and pre-authentication encoding, version 1).
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { messageOf, UserError } from '@soar/core';

/** As in the specification; base64 for bytes. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export function signed(payloadType: string, payload: Buffer, privateKeyPem: string): Envelope {
  const key = ed25519(() => createPrivateKey(privateKeyPem));
  const sig = sign(null, encoded(payloadType, payload), key).toString('base64');
  const signatures = [{ keyid: keyIdOf(createPublicKey(key)), sig }];
  return { payloadType, payload: payload.toString('base64'), signatures };
}

/** The payload of an envelope that the holder of the key has signed. Throws UserError otherwise. */
export function verified(envelope: Envelope, payloadType: string, publicKeyPem: string): Buffer {
  const key = ed25519(() => createPublicKey(publicKeyPem));
  if (envelope.payloadType !== payloadType)
    throw new UserError(`the envelope holds ${envelope.payloadType}, expected ${payloadType}`);
  const payload = Buffer.from(envelope.payload, 'base64');
  const bytes = encoded(payloadType, payload);
  if (envelope.signatures.some(({ sig }) => verify(null, bytes, key, Buffer.from(sig, 'base64'))))
    return payload;
  const by = envelope.signatures.map(({ keyid }) => keyid.slice(0, 12)).join(', ');
  throw new UserError(
    `no valid signature of the key ${keyIdOf(key).slice(0, 12)} (signed by ${by || 'nobody'}); ` +
      'was the file changed, or is this another key?',
    'DATA_LOSS',
  );
}

/** SHA-256 of the public key's DER. */
function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    throw new UserError(`the key cannot be read (${messageOf(error)}); expected an Ed25519 key as PEM`);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new UserError(`the key is of the type ${key.asymmetricKeyType}; expected Ed25519`);
}

function encoded(type: string, payload: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
