/**
 * With jupyter-collaboration the server keeps a copy of the shared document and
 * writes the file: mlops_ext/ydoc.py. The same state must be the same bytes on
 * both sides, and what one side takes in, the other must be able to read.
 */
import * as fc from 'fast-check';
import * as Y from 'yjs';

import { clone, documents, plain } from '../../model/__tests__/arbitraries';
import { mutate, mutation } from '../../model/__tests__/mutations';
import { ask } from '../../model/__tests__/python';
import { canonicalize } from '../../model/canonical';
import type { JsonObject, PipelineDocument } from '../../model/document';
import { asJson } from '../../model/document';
import { edgesByKey } from '../../model/patch';
import type { Patch } from '../../model/patch';
import { readPipeline } from '../../model/read';
import { YPipeline } from '../ypipeline';

const SEED = Number(process.env.MLOPS_SEED || 20261125);
const COUNT = Number(process.env.MLOPS_AGREEMENT || 600);

interface Answer {
  text: string;
  update: string;
}

function share(from: YPipeline, to: YPipeline): void {
  Y.applyUpdate(
    to.ydoc,
    Y.encodeStateAsUpdate(from.ydoc, Y.encodeStateVector(to.ydoc))
  );
}

/** Changes that a person could make to get from anywhere to parts of `wanted`. */
function towards(wanted: PipelineDocument, every: number): Patch {
  const { nodes, edges, layout, ...rest } = clone(asJson(wanted)) as JsonObject;
  const keyed = edgesByKey(edges as unknown as PipelineDocument['edges']);
  const entries = [
    ...Object.entries(rest).map(([key, value]) => ({ path: [key], value })),
    ...Object.entries(nodes as JsonObject).flatMap(([id, node]) =>
      Object.entries(node as JsonObject).map(([field, value]) => ({
        path: ['nodes', id, field],
        value
      }))
    ),
    ...[...keyed].map(([key, edge]) => ({
      path: ['edges', key],
      value: asJson(edge)
    })),
    ...Object.entries((layout ?? {}) as JsonObject).map(([id, place]) => ({
      path: ['layout', id],
      value: place
    }))
  ];
  return entries.filter((_, index) => index % every === 0);
}

/** The document after two people worked on it at once. */
function edited(
  one: PipelineDocument,
  mine: PipelineDocument,
  theirs: PipelineDocument
): YPipeline {
  const [me, other] = [YPipeline.create(), YPipeline.create()];
  me.setSource(canonicalize(one));
  share(me, other);
  me.apply(towards(mine, 2));
  other.apply(towards(theirs, 3));
  const [node] = Object.keys(other.toDocument().nodes);
  if (node) {
    other.apply([{ path: ['nodes', node], value: undefined }]);
  }
  me.apply([{ path: ['edges'], value: undefined }]);
  share(other, me);
  me.undo();
  return me;
}

const broken = fc
  .tuple(documents(false), fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([document, changes]) =>
    JSON.stringify(changes.reduce(mutate, plain(document)))
  );
const source = fc.oneof(
  {
    arbitrary: documents(false).map(one => JSON.stringify(plain(one))),
    weight: 3
  },
  { arbitrary: broken, weight: 2 },
  { arbitrary: fc.constantFrom('', ' ', '{', '\ufeff{}', 'a\r\nb'), weight: 1 }
);

it('is written as the same bytes by the server and read as the same here', async () => {
  const cases = fc.sample(
    fc.tuple(documents(false), documents(false), documents(false), source),
    { seed: SEED, numRuns: COUNT }
  );
  const shared = cases.map(([one, mine, theirs]) => edited(one, mine, theirs));
  const answers = await ask<Answer>(
    'tests/agreement/sharing.py',
    shared.map((document, index) => ({
      update: Buffer.from(Y.encodeStateAsUpdate(document.ydoc)).toString(
        'base64'
      ),
      source: cases[index][3]
    }))
  );
  let unreadable = 0;
  answers.forEach(({ text, update }, index) => {
    expect(text).toBe(shared[index].getSource());
    const received = YPipeline.create();
    Y.applyUpdate(received.ydoc, Buffer.from(update, 'base64'));
    const given = cases[index][3];
    const { document } = readPipeline(given);
    unreadable += document ? 0 : 1;
    expect(received.unreadable === null).toBe(document !== null);
    expect(received.getSource()).toBe(
      document ? canonicalize(document) : given
    );
    // Both mean the same state by the same text: taking it in again changes nothing.
    const changed = jest.fn();
    received.ydoc.on('update', changed);
    received.ydoc.getMap('state').set('dirty', false);
    changed.mockClear();
    received.setSource(given);
    expect(changed).toHaveBeenCalledTimes(document ? 0 : 1);
  });
  expect(unreadable).toBeGreaterThan(COUNT / 10);
  expect(COUNT - unreadable).toBeGreaterThan(COUNT / 4);
}, 120_000);
