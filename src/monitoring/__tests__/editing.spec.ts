import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../model/document';
import { monitorText } from '../../model/monitortext';
import { readNumbers } from '../checksform';
import {
  listText,
  readList,
  readMonitor,
  scalar,
  scalarText,
  valueAt,
  withValueAt
} from '../editing';

const key = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', 'a.b', '10', '2')
);
const object = fc.dictionary(
  key,
  fc.oneof(fc.integer(), fc.string(), fc.dictionary(key, fc.integer()))
) as fc.Arbitrary<JsonObject>;

describe('a value in a document', () => {
  it('is read where it was written, and nothing else has changed', () => {
    fc.assert(
      fc.property(
        object,
        fc.array(key, { minLength: 1, maxLength: 3 }),
        fc.oneof(fc.integer(), fc.string(), fc.boolean()),
        (document, path, value) => {
          const before = JSON.stringify(document);
          const next = withValueAt(document, path, value);
          expect(valueAt(next, path)).toEqual(value);
          expect(JSON.stringify(document)).toBe(before);
          for (const other of Object.keys(document)) {
            if (other !== path[0]) {
              expect(valueAt(next, [other])).toEqual(
                valueAt(document, [other])
              );
            }
          }
          const gone = withValueAt(next, path, undefined);
          expect(valueAt(gone, path)).toBeUndefined();
        }
      )
    );
  });

  it('survives its text', () => {
    const document = { version: 1, model: { name: 'm', path: 'm.joblib' } };
    expect(readMonitor(monitorText(document))).toEqual({ document });
  });

  it('is refused with a sentence where the text is no object', () => {
    expect(readMonitor('[]').error).toBeTruthy();
    expect(readMonitor('{"a": 1, "a": 2}').error).toBeTruthy();
    expect(readMonitor('').error).toBeTruthy();
  });
});

describe('a list that is typed', () => {
  it('means what it was written from', () => {
    const item = fc.oneof(
      fc.integer({ min: -1000, max: 1000 }),
      fc.boolean(),
      fc.constantFrom('f', 'm', '1', 'true', 'new york')
    );
    fc.assert(
      fc.property(fc.array(item), (list: JsonValue[]) => {
        expect(readList(listText(list))).toEqual(list);
        for (const one of list) {
          expect(scalar(scalarText(one))).toEqual(one);
        }
      })
    );
  });
});

describe('bounds that are typed', () => {
  it('are one number, or two of a range in order', () => {
    expect(readNumbers('0.8', 'below')).toBe(0.8);
    expect(readNumbers('0.8, 1.25', 'outside')).toEqual([0.8, 1.25]);
    expect(readNumbers('1.25 0.8', 'outside')).toBeNull();
    expect(readNumbers('0.8 1', 'above')).toBeNull();
    expect(readNumbers('much', 'above')).toBeNull();
    expect(readNumbers('', 'above')).toBeNull();
  });
});
