/** In which group a field stands, and the line that says when one needs it. */
import type { Schema } from '../model/law';
import { useForm } from './form';
import { kindOf } from './kinds';

export const GROUPS = [
  'parameters',
  'files',
  'environment',
  'retries',
  'resources',
  'reuse',
  'about'
] as const;
export type GroupName = (typeof GROUPS)[number];

/** Fields above the groups, in their order; a field of a new name is last. */
export const TOP: readonly string[] = [
  'label',
  'path',
  'operator',
  'fields',
  'kernel',
  'disabled'
];

const BY_NAME: Record<string, GroupName> = {
  parameters: 'parameters',
  files: 'files',
  outputs: 'files',
  env: 'environment',
  retries: 'retries',
  retry_delay: 'retries',
  timeout: 'retries',
  resources: 'resources',
  queue: 'resources',
  pool: 'resources',
  reuse: 'reuse',
  description: 'about'
};

/** The group of a field; null for one that stands above them. */
export function groupOf(name: string, schema: Schema): GroupName | null {
  if (Object.hasOwn(BY_NAME, name)) {
    return BY_NAME[name];
  }
  return TOP.includes(name) || kindOf(schema) !== 'json' ? null : 'about';
}

export type GroupWords = Record<GroupName, { title: string; hint: string }>;

export function useGroupWords(): GroupWords {
  const { trans } = useForm();
  return {
    parameters: {
      title: trans.__('Parameters'),
      hint: trans.__('Values that it is run with.')
    },
    files: {
      title: trans.__('Files and outputs'),
      hint: trans.__('To run it elsewhere, and to know when to run it again.')
    },
    environment: {
      title: trans.__('Environment'),
      hint: trans.__('When its code reads variables, or needs a password.')
    },
    retries: {
      title: trans.__('Retries and time'),
      hint: trans.__('When it fails now and then, or could hang.')
    },
    resources: {
      title: trans.__('Resources'),
      hint: trans.__('When it needs much of a machine, or a certain one.')
    },
    reuse: {
      title: trans.__('Reuse'),
      hint: trans.__('When it must run every time, or as seldom as can be.')
    },
    about: {
      title: trans.__('About'),
      hint: trans.__('Notes for people, and its id in the file.')
    }
  };
}
