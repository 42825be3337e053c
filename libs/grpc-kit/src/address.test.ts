import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkListen, clientTarget, formatAddress, isLoopback, parseAddress } from './address.js';

test('an address is a host and a port', () => {
  assert.deepEqual(parseAddress('127.0.0.1:7102'), { host: '127.0.0.1', port: 7102 });
  assert.deepEqual(parseAddress('[::1]:0'), { host: '::1', port: 0 });
  for (const bad of ['', '7102', 'host', 'host:', 'host:x', 'host:70000', '::1:80', 'a b:1', 'http://a:1']) {
    assert.throws(() => parseAddress(bad), /expected HOST:PORT, for example/, bad);
  }
});

test('only 127/8, ::1 and localhost are loopback', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '128.0.0.1', '127.example.org', '10.0.0.1'])
    assert.ok(!isLoopback(host), host);
});

test('a plain-text server listens only on loopback unless insecure is set', () => {
  assert.equal(checkListen('localhost:7102', false, false), '127.0.0.1:7102');
  assert.equal(checkListen('[::1]:1', false, false), '[::1]:1');
  assert.throws(() => checkListen('0.0.0.0:1', false, false), /--insecure/);
  assert.equal(checkListen('0.0.0.0:1', false, true), '0.0.0.0:1');
  assert.equal(checkListen('0.0.0.0:1', true, false), '0.0.0.0:1');
});

test('a client address becomes one grpc-js target for all its addresses', () => {
  assert.equal(clientTarget('localhost:1'), 'ipv4:127.0.0.1:1');
  assert.equal(clientTarget('10.0.0.1:1,10.0.0.2:1'), 'ipv4:10.0.0.1:1,10.0.0.2:1');
  assert.equal(clientTarget('[::1]:1'), 'ipv6:[::1]:1');
  assert.equal(clientTarget('trainer.soar:7102'), 'dns:///trainer.soar:7102');
  assert.equal(clientTarget('dns:///trainer:7102'), 'dns:///trainer:7102');
  assert.throws(() => clientTarget('trainer:1,teacher:1'), /a list takes IP addresses of one family/);
  assert.throws(() => clientTarget('127.0.0.1:0'), /port 0/);
  assert.equal(formatAddress('::1', 5), '[::1]:5');
});
