/**
 * What a pipeline must obey beyond its shape. The rules, their codes, places
 * and sentences are those of mlops_ext/validate.py; what needs the world
 * (files, kernels, notebooks) only the server can tell.
 *
 * Nodes of unknown types take part in what is said of edges and cycles only.
 */
import { Components } from './components';
import type {
  Issue,
  JsonValue,
  Parameter,
  ParameterType,
  PipelineDocument,
  PipelineNode
} from './document';
import { byCodePoint, isObject, own } from './document';
import type { Place } from './issues';
import { issue, listed, named, show, tidy } from './issues';
import { nodeSchema } from './law';
import { NEEDS_RUNTIME, SUFFIXES } from './nodetypes';
import { isRelativePath, normalPath, pathsOf } from './paths';
import { isReference, referencesOf, unquote } from './references';
import { looksSecret } from './secrets';

/** The issues of a document that the schema has none with, as a tidy list. */
export function validate(document: PipelineDocument): Issue[] {
  const subject: Subject = {
    document,
    components: new Components(document),
    known: Object.entries(document.nodes).filter(
      ([, node]) => nodeSchema(node.type) !== null
    )
  };
  return tidy(RULES.flatMap(rule => rule(subject)));
}

/** A pipeline under examination, with what several rules ask of it. */
interface Subject {
  readonly document: PipelineDocument;
  readonly components: Components;
  /** The nodes of known types. */
  readonly known: readonly [string, PipelineNode][];
}

type Rule = (subject: Subject) => Issue[];

const TYPE_WORDS: Record<ParameterType, string> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object'
};

const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/;
const NAMED = 20;

/** Whether a value is of a type of parameters; null is of none. */
export function hasType(value: JsonValue, type: ParameterType): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'list':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

const unknownEnds: Rule = ({ document }) =>
  (document.edges ?? []).flatMap((edge, index) => {
    const ends = [
      ['from', edge.from, edge.to],
      ['to', edge.to, edge.from]
    ] as const;
    return ends
      .filter(([, end]) => !own(document.nodes, end))
      .map(([field, end, other]) => ({
        ...issue(
          'error',
          'unknown-node',
          ['edges', index, field],
          `Edge ${index + 1} goes ${field} ${end}, but there is no node of this id.`,
          'Take the edge out, or give the node back.'
        ),
        node: own(document.nodes, other) ? other : null
      }));
  });

const duplicateEdges: Rule = ({ document }) => {
  const seen = new Set<string>();
  return (document.edges ?? []).flatMap(({ from, to }, index) => {
    const ends = `${from} ${to}`;
    const isSecond = seen.has(ends);
    seen.add(ends);
    const message = `Edge ${index + 1} is the second from ${from} to ${to}.`;
    const hint = 'Take one of the two out.';
    return isSecond
      ? [issue('error', 'schema', ['edges', index], message, hint)]
      : [];
  });
};

const unknownInComments: Rule = ({ document }) =>
  Object.entries(document.comments ?? {}).flatMap(([id, { nodes = [] }]) =>
    nodes.flatMap((node, index) => {
      const place = ['comments', id, 'nodes', index];
      const message = `Comment ${id} is about ${node}, but there is no node of this id.`;
      return own(document.nodes, node)
        ? []
        : [issue('warning', 'unknown-node', place, message)];
    })
  );

const cycles: Rule = ({ components }) =>
  components.cycles().map(nodes => {
    const more = nodes.length > NAMED ? ['…'] : [];
    const shown = [...nodes.slice(0, NAMED), ...more, nodes[0]].join(' → ');
    return {
      ...issue(
        'error',
        'cycle',
        ['nodes', nodes[0]],
        `The pipeline goes round in a circle: ${shown}.`,
        'Take one of these edges out.'
      ),
      nodes
    };
  });

const references: Rule = ({ document, components, known }) =>
  known.flatMap(([id, node]) =>
    referencesOf(id, node).flatMap(({ parameter, reference }) => {
      const place = ['nodes', id, 'parameters', parameter];
      const what = `Node ${id}: ${parameter} comes from`;
      const fail = (code: string, message: string, hint = '') => [
        issue('error', code, place, `${what} ${message}`, hint)
      ];
      if (reference.kind === 'parameter') {
        return own(document.parameters, reference.name)
          ? []
          : fail(
              'unknown-parameter',
              `the pipeline's parameter ${reference.name}, which does not exist.`,
              knownNames(document)
            );
      }
      const source = reference.node;
      if (!own(document.nodes, source)) {
        const message = `node ${source}, but there is no node of this id.`;
        return fail('unknown-node', message);
      }
      return components.isUpstream(source, id)
        ? []
        : fail(
            'missing-edge',
            `node ${source}, which does not run before it.`,
            `Draw an edge from ${source} to ${id}.`
          );
    })
  );

const defaults: Rule = ({ document }) =>
  Object.entries(document.parameters ?? {}).flatMap(
    ([name, { type, default: value = null }]) => {
      const place = ['parameters', name, 'default'];
      const message = `Parameter ${name}: the default must be ${TYPE_WORDS[type]}, not ${show(value)}.`;
      return value === null || hasType(value, type)
        ? []
        : [issue('error', 'parameter-type', place, message)];
    }
  );

const schedule: Rule = ({ document }) =>
  Object.entries(document.schedule?.parameters ?? {}).flatMap(
    ([name, value]) => {
      const place = ['schedule', 'parameters', name];
      const parameter = own(document.parameters, name);
      if (!parameter) {
        const message = `The pipeline has no parameter ${named(name)}.`;
        const hint = knownNames(document);
        return [issue('error', 'unknown-parameter', place, message, hint)];
      }
      const message = `Parameter ${name} must be ${TYPE_WORDS[parameter.type]}, not ${show(value)}.`;
      return accepts(parameter, value)
        ? []
        : [issue('error', 'parameter-type', place, message)];
    }
  );

const sharedOutputs: Rule = ({ components, known }) => {
  const groups = new Map<string, Map<string, number>>();
  const sorted = [...known].sort(([a], [b]) => byCodePoint(a, b));
  for (const [id, { disabled, outputs = [] }] of sorted) {
    (disabled ? [] : outputs).forEach((output, index) => {
      const path = normalPath(output);
      const writers = groups.get(path) ?? new Map<string, number>();
      groups.set(path, writers);
      if (!writers.has(id)) {
        writers.set(id, index);
      }
    });
  }
  return [...groups].flatMap(([output, writers]) => {
    const ids = [...writers.keys()];
    const isChain = () =>
      ids.every((one, index) =>
        ids
          .slice(0, index)
          .every(
            other =>
              components.isUpstream(one, other) ||
              components.isUpstream(other, one)
          )
      );
    if (ids.length < 2) {
      return [];
    }
    const severity = isChain() ? 'warning' : 'error';
    const message = `The output ${show(output)} is made by several nodes: ${listed(ids.slice(0, NAMED), 'and')}.`;
    const hint = 'Give each node an output of its own.';
    return [...writers]
      .slice(1)
      .map(([id, index]) =>
        issue(
          severity,
          'shared-output',
          ['nodes', id, 'outputs', index],
          message,
          hint
        )
      );
  });
};

const unfitPaths: Rule = ({ known }) =>
  known.flatMap(([id, node]) => {
    const issues = pathsOf(id, node)
      .filter(([, text]) => !isRelativePath(text))
      .map(([place, text]) =>
        issue(
          'error',
          'outside-workspace',
          place,
          `Node ${id}: ${show(text)} is no path relative to the pipeline file.`,
          'Files must lie in the workspace, and be named as seen from the pipeline.'
        )
      );
    const { type, path } = node;
    const suffixes = SUFFIXES.get(type);
    if (
      suffixes &&
      path !== undefined &&
      !suffixes.some(suffix => path.endsWith(suffix))
    ) {
      const code = type === 'notebook' ? 'not-a-notebook' : 'schema';
      const message = `Node ${id}: ${show(path)} must end in ${listed(suffixes)}, as it is a ${titleOf(type).toLowerCase()}.`;
      issues.push(issue('error', code, ['nodes', id, 'path'], message));
    }
    return issues;
  });

const hiddenDirection: Rule = ({ known }) =>
  known.flatMap(([id, { label, path }]) =>
    Object.entries({ label, path }).flatMap(([field, text]) =>
      text !== undefined && DIRECTION.test(text)
        ? [
            issue(
              'warning',
              'schema',
              ['nodes', id, field],
              `Node ${id}: ${field} has characters that change the direction of text: ${show(text)}.`
            )
          ]
        : []
    )
  );

const secretLiterals: Rule = ({ document, known }) => {
  const hint = 'Store it as a secret, and write {"secret": "<name>"}.';
  const tell = (place: Place, what: string) =>
    issue(
      'warning',
      'secret-literal',
      place,
      `${what} looks like a secret in plain text.`,
      hint
    );
  const environments = [
    [['defaults', 'env'], document.defaults?.env ?? {}] as const,
    ...known.map(
      ([id, node]) => [['nodes', id, 'env'], node.env ?? {}] as const
    )
  ];
  const issues = environments.flatMap(([place, env]) =>
    Object.entries(env).flatMap(([name, value]) =>
      typeof value === 'string' && looksSecret(value, name)
        ? [tell([...place, name], `The environment variable ${name}`)]
        : []
    )
  );
  for (const [name, parameter] of Object.entries(document.parameters ?? {})) {
    if (isSecretText(parameter.default)) {
      const place = ['parameters', name, 'default'];
      issues.push(tell(place, `The default of parameter ${name}`));
    }
  }
  for (const [id, node] of known) {
    for (const [name, value] of Object.entries(node.parameters ?? {})) {
      if (!isReference(value) && isSecretText(unquote(value))) {
        const place = ['nodes', id, 'parameters', name];
        issues.push(tell(place, `Node ${id}: ${name}`));
      }
    }
  }
  return issues;
};

const unrunnable: Rule = ({ known }) =>
  known.flatMap(([id, { type, disabled }]) =>
    NEEDS_RUNTIME.has(type) && !disabled
      ? [
          issue(
            'warning',
            'runtime-needed',
            ['nodes', id, 'type'],
            `Node ${id}: this version does not run nodes of the type ${type} (${titleOf(type)}) on this machine.`,
            'Disable the node to run the others.'
          )
        ]
      : []
  );

const RULES: readonly Rule[] = [
  unknownEnds,
  duplicateEdges,
  unknownInComments,
  cycles,
  references,
  defaults,
  schedule,
  sharedOutputs,
  unfitPaths,
  hiddenDirection,
  secretLiterals,
  unrunnable
];

/** Whether a parameter may be given this value. */
function accepts(parameter: Parameter, value: JsonValue): boolean {
  return value === null
    ? parameter.default === null
    : hasType(value, parameter.type);
}

function isSecretText(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && looksSecret(value);
}

function titleOf(type: string): string {
  return nodeSchema(type)?.title ?? type;
}

function knownNames(document: PipelineDocument): string {
  const names = Object.keys(document.parameters ?? {}).sort(byCodePoint);
  const shown = [
    ...names.slice(0, NAMED),
    ...(names.length > NAMED ? ['…'] : [])
  ];
  return names.length > 0
    ? `Its parameters: ${listed(shown, 'and')}.`
    : 'It has no parameters.';
}
