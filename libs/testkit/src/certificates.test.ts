import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { CertificateAuthority } from './certificates.js';

test('a certificate is signed by its authority, goes with its key and names its hosts', () => {
  const authority = new CertificateAuthority('ours');
  const { cert, key } = authority.issue('server', { hosts: ['localhost', '127.0.0.1'] });
  const leaf = new X509Certificate(cert);
  assert.ok(leaf.verify(new X509Certificate(authority.cert).publicKey));
  assert.ok(!leaf.verify(new X509Certificate(new CertificateAuthority('ours').cert).publicKey));
  assert.ok(leaf.checkIssued(new X509Certificate(authority.cert)));
  assert.ok(leaf.checkPrivateKey(createPrivateKey(key)));
  assert.equal(leaf.subject, 'CN=server');
  assert.equal(leaf.checkHost('localhost'), 'localhost');
  assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(leaf.checkHost('elsewhere'), undefined);
  assert.deepEqual([leaf.ca, new X509Certificate(authority.cert).ca], [false, true]);
});

test('validity ends when it is told to, serial numbers differ', () => {
  const authority = new CertificateAuthority('ours');
  const valid = (days: number): boolean =>
    Date.parse(new X509Certificate(authority.issue('s', { days }).cert).validTo) > Date.now();
  assert.deepEqual([valid(1), valid(-1)], [true, false]);
  const serials = Array.from(
    { length: 300 },
    () => new X509Certificate(authority.issue('s').cert).serialNumber,
  );
  assert.equal(new Set(serials).size, 300);
});
