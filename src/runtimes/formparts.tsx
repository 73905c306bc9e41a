/** The parts of the form of a runtime: one for each question it answers. */
import React from 'react';

import { hasPassword, isSsh, secretName } from './draft';
import { ChoiceField, SecretField, TextField } from './fields';
import type { IFormProps } from './fields';
import type { Editing, RuntimesModel } from './model';

export type PartProps = IFormProps & {
  model: RuntimesModel;
  editing: Editing;
};

/** What an address or a path looks like, in any language. */
const EXAMPLES = {
  name: 'prod',
  url: 'https://airflow.example.org',
  path: '/srv/airflow/dags',
  git: 'https://git.example.org/dags.git',
  object: 's3://bucket/dags',
  files: 'file:///srv/airflow/files'
};

function Part(props: {
  title: string;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <fieldset>
      <legend>{props.title}</legend>
      {props.children}
    </fieldset>
  );
}

export function Where(props: PartProps): React.JSX.Element {
  const { draft, editing, trans, onChange } = props;
  const isSecure = !/^http:/i.test(draft.url.trim());
  return (
    <Part title={trans.__('Where is it')}>
      {editing.name === null ? (
        <TextField
          {...props}
          name="name"
          label={trans.__('Name')}
          placeholder={EXAMPLES.name}
          isFirst
        />
      ) : null}
      <TextField
        {...props}
        name="url"
        label={trans.__('Address')}
        placeholder={EXAMPLES.url}
      />
      {isSecure ? (
        <label className="mlops-RuntimeField-check">
          <input
            type="checkbox"
            checked={draft.verify}
            onChange={event => onChange({ verify: event.target.checked })}
          />
          {trans.__('Check its certificate')}
        </label>
      ) : null}
      {isSecure && !draft.verify ? (
        <p className="mlops-RuntimeField-warning">
          {trans.__(
            'Anybody in between can read the password. For tests only.'
          )}
        </p>
      ) : null}
      {(isSecure && draft.verify) || hasPassword(draft) ? (
        <TextField
          {...props}
          name="ca"
          label={trans.__('Own certificate authority')}
          placeholder={trans.__('a PEM file on this machine')}
          note={trans.__('Trusted for Airflow, and for git over https.')}
        />
      ) : null}
      <TextField
        {...props}
        name="description"
        label={trans.__('Description')}
      />
    </Part>
  );
}

export function SigningIn(props: PartProps): React.JSX.Element {
  const { draft, editing, model, problems, trans } = props;
  const { auth } = draft;
  const secrets = model.secrets;
  const name = secretName(draft);
  return (
    <Part title={trans.__('Signing in')}>
      <ChoiceField
        {...props}
        name="auth"
        label={trans.__('How')}
        choices={[
          ['password', trans.__('User and password')],
          ['token', trans.__('A token')],
          ['command', trans.__('A command that prints a token')],
          ['none', trans.__('Nobody signs in')]
        ]}
      />
      {auth === 'password' ? (
        <TextField {...props} name="user" label={trans.__('User')} />
      ) : null}
      {auth === 'password' || auth === 'token' ? (
        <SecretField
          name="secret"
          label={auth === 'token' ? trans.__('Token') : trans.__('Password')}
          value={editing.secret}
          isKept={secrets?.names.some(kept => kept.name === name) ?? false}
          isBound={model.isSecretBound()}
          where={secrets?.where ?? ''}
          problem={problems.secret}
          trans={trans}
          onType={secret => model.type({ secret })}
        />
      ) : null}
      {auth === 'command' ? (
        <TextField
          {...props}
          name="command"
          label={trans.__('Program and arguments')}
          note={trans.__('One a line. No shell reads them.')}
          rows={3}
        />
      ) : null}
    </Part>
  );
}

export function Delivery(props: PartProps): React.JSX.Element {
  const { draft, editing, model, problems, trans } = props;
  const notes = {
    folder: trans.__('Airflow reads its DAGs from a folder that is seen here.'),
    git: trans.__(
      'Airflow reads its DAGs from a repository. Each run keeps its version.'
    ),
    object: trans.__('Airflow reads its DAGs from an object store.')
  };
  const kept = model.secrets?.names.map(({ name }) => name) ?? [];
  return (
    <Part title={trans.__('How pipelines get there')}>
      <ChoiceField
        {...props}
        name="delivery"
        label={trans.__('By')}
        note={notes[draft.delivery]}
        choices={[
          ['folder', trans.__('A folder')],
          ['git', trans.__('Git')],
          ['object', trans.__('An object store')]
        ]}
      />
      {draft.delivery === 'folder' ? (
        <TextField
          {...props}
          name="path"
          label={trans.__('Folder')}
          placeholder={EXAMPLES.path}
        />
      ) : null}
      {draft.delivery === 'git' ? (
        <>
          <TextField
            {...props}
            name="gitUrl"
            label={trans.__('Repository')}
            placeholder={EXAMPLES.git}
            note={
              isSsh(draft)
                ? trans.__(
                    'ssh signs in with your own keys: those of its agent, and of ~/.ssh/config.'
                  )
                : undefined
            }
          />
          <TextField {...props} name="branch" label={trans.__('Branch')} />
          <TextField
            {...props}
            name="folder"
            label={trans.__('Folder in it')}
            placeholder={trans.__('its root')}
          />
          {hasPassword(draft) ? (
            <SecretField
              name="gitSecret"
              label={trans.__('Password or token')}
              value={editing.gitSecret}
              isKept={kept.includes(draft.gitSecret)}
              isBound={false}
              where={
                model.secrets?.where
                  ? trans.__(
                      'Without one, git’s own credentials are used. %1',
                      model.secrets.where
                    )
                  : ''
              }
              problem={problems.gitSecret}
              trans={trans}
              onType={gitSecret => model.type({ gitSecret })}
            />
          ) : null}
        </>
      ) : null}
      {draft.delivery === 'object' ? (
        <>
          <TextField
            {...props}
            name="objectUrl"
            label={trans.__('Address')}
            placeholder={EXAMPLES.object}
          />
          <TextField
            {...props}
            name="objectConnection"
            label={trans.__('Connection in Airflow')}
          />
        </>
      ) : null}
    </Part>
  );
}

export function Files(props: PartProps): React.JSX.Element {
  const { trans } = props;
  return (
    <Part title={trans.__('Where files pass')}>
      <TextField
        {...props}
        name="filesUrl"
        label={trans.__('Address')}
        placeholder={EXAMPLES.files}
        note={trans.__(
          'For outputs, executed notebooks and logs, as Airflow’s workers see it.'
        )}
      />
      <TextField
        {...props}
        name="filesConnection"
        label={trans.__('Connection in Airflow')}
        placeholder={trans.__('none')}
      />
    </Part>
  );
}

export function Defaults(props: PartProps): React.JSX.Element {
  const { draft, problems, trans } = props;
  const isSet = [
    draft.python,
    draft.queue,
    draft.pool,
    draft.retries,
    draft.poll
  ].some(text => text !== '');
  const isWrong = Boolean(problems.retries ?? problems.poll);
  return (
    <details
      className="mlops-RuntimeForm-defaults"
      open={isWrong || isSet || undefined}
    >
      <summary>{trans.__('Defaults')}</summary>
      <TextField
        {...props}
        name="python"
        label={trans.__('Python on the workers')}
        placeholder={trans.__('Airflow’s own')}
        note={trans.__('The interpreter that has papermill.')}
      />
      <TextField
        {...props}
        name="queue"
        label={trans.__('Queue')}
        placeholder={trans.__('Airflow’s default')}
      />
      <TextField
        {...props}
        name="pool"
        label={trans.__('Pool')}
        placeholder={trans.__('Airflow’s default')}
      />
      <TextField
        {...props}
        name="retries"
        label={trans.__('Retries')}
        placeholder={trans.__('as the pipeline says')}
        isNumber
      />
      <TextField
        {...props}
        name="poll"
        label={trans.__('Seconds between two looks')}
        placeholder="2"
        isNumber
      />
    </details>
  );
}
