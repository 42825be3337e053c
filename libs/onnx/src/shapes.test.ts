/**
 * Symbolic shapes: what is equal, what broadcasts, what is refused. The operations' own rules are tested with autodiff.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, concat, cos, exp, gemm, loop, mul, neg, reshape, sin, slice, sqrt } from './build.js';
import { Graph } from './graph.js';
import { endsLast, liveNodes } from './live.js';
import { broadcast, product, sameElementCount } from './tensor.js';

test('products of dimensions are compared by their factors, in any order', () => {
  assert.equal(product(['time', 4, 'rows']), '4*rows*time');
  assert.equal(product([2, 3]), 6);
  assert.ok(sameElementCount(['rows', 'time', 4], ['rows*time', 4]));
  assert.ok(!sameElementCount(['rows', 'time'], ['rows', 'rows']));
});

test('a named dimension broadcasts with 1 and itself, and with nothing else', () => {
  assert.deepEqual(broadcast('Add', ['rows', 1], ['time']), ['rows', 'time']);
  assert.throws(
    () => broadcast('Add', ['rows'], ['time']),
    /Add: shapes do not broadcast, lhs \[rows\], rhs \[time\]/,
  );
  assert.throws(() => broadcast('Add', ['rows'], [2]), /do not broadcast/);
});

test('slices and joins of a named dimension add up', () => {
  const graph = new Graph('shift');
  const x = graph.input('x', 'float32', ['time', 3]);
  const column = graph.input('column', 'float32', [1, 3]);
  assert.deepEqual(slice(x, 0, 1).shape, ['time-1', 3]);
  assert.deepEqual(concat([slice(x, 0, 1), column], 0).shape, ['time', 3]);
  assert.deepEqual(concat([column, slice(x, 0, 0, -1)], 0).shape, ['time', 3]);
});

test('an input cannot be declared twice', () => {
  const graph = new Graph('twice');
  graph.input('x', 'float32', []);
  assert.throws(() => graph.input('x', 'float32', []), /input x is declared twice/);
});

test('what does not depend on a loop is made outside it', () => {
  const graph = new Graph('hoist');
  const x = graph.input('x', 'float32', []);
  const trips = graph.input('trips', 'int64', []);
  let inside: Graph | undefined;
  loop('body', trips, [x], (_, [now]) => {
    inside = now!.graph;
    return { carried: [add(now!, mul(x, 2))] };
  });
  assert.deepEqual(
    inside!.nodes.map(({ op }) => op),
    ['Add'],
  );
  assert.deepEqual(
    graph.nodes.map(({ op }) => op),
    ['Mul', 'Loop'],
  );
});

test('nodes that no output needs are not live; what a loop body takes from around it is', () => {
  const graph = new Graph('dead');
  const x = graph.input('x', 'float32', []);
  const trips = graph.input('trips', 'int64', []);
  const used = mul(x, 3);
  mul(x, 4);
  const { carried } = loop('body', trips, [x], (_, [now]) => ({ carried: [add(now!, used)] }));
  graph.output('y', carried[0]!);
  assert.deepEqual(
    liveNodes(graph).map(({ op }) => op),
    ['Mul', 'Loop'],
  );
});

test('the ends of a graph come last, the one that can be made first behind the others', () => {
  const graph = new Graph('ends');
  const x = graph.input('x', 'float32', []);
  const trips = graph.input('trips', 'int64', []);
  const y = neg(x); // read by a node
  const z = sqrt(y); // read by the body of a loop alone
  graph.output('late', cos(z));
  graph.output('early', sin(y));
  graph.output('first', exp(x));
  const { carried } = loop('body', trips, [x], (_, [now]) => ({ carried: [add(now!, z)] }));
  graph.output('looped', carried[0]!);
  const nodes = endsLast(liveNodes(graph));
  const [last, ...before] = nodes.map(({ op }) => op).reverse();
  assert.equal(last, 'Exp');
  assert.deepEqual(before.reverse(), ['Neg', 'Sqrt', 'Cos', 'Loop', 'Sin']);
});

test('a loop whose carried value changes its type or rank is refused', () => {
  const graph = new Graph('changing');
  const x = graph.input('x', 'float32', [2, 2]);
  const trips = graph.input('trips', 'int64', []);
  const body = () => loop('grow', trips, [x], (_, [now]) => ({ carried: [reshape(now!, [4])] }));
  assert.throws(body, /Loop grow: carried value .* changes from float32\[2,2\] to float32\[4\]/);
});

test('operands of scopes that do not see each other are refused', () => {
  const a = new Graph('a').input('x', 'float32', [1, 1]);
  const b = new Graph('b').input('x', 'float32', [1, 1]);
  assert.throws(() => gemm(a, b), /scopes that do not see each other/);
});
