// The page at /graphiql: GraphiQL, with a pane of saved questions and a field for the
// token. It talks to the server that it came from and to nobody else.
import 'graphiql/style.css';
import './page.css';
import { DOC_EXPLORER_PLUGIN, DocExplorerContextProvider } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryContextProvider } from '@graphiql/plugin-history';
import { GraphiQLProvider, useEditorContext, useSchemaStore } from '@graphiql/react';
import { GraphiQLInterface } from 'graphiql';
import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-sse';
import { createContext, useContext, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

// The token is kept as long as the browser's tab is, so that a reload does not ask again.
const token = {
  get: () => sessionStorage.getItem('token') ?? '',
  set: (value) => sessionStorage.setItem('token', value.trim()),
};

function fetcher(request, { headers, documentAST } = {}) {
  const sent = { ...(token.get() && { Authorization: `Bearer ${token.get()}` }), ...headers };
  const operation = documentAST && getOperationAST(documentAST, request.operationName);
  if (operation?.operation === 'subscription') {
    // One stream an operation; GraphiQL ends it by the button that began it.
    return createClient({ url: 'graphql', headers: sent, retryAttempts: 0 }).iterate(request);
  }
  return fetch('graphql', {
    method: 'POST',
    headers: { Accept: 'application/graphql-response+json, application/json', 'Content-Type': 'application/json', ...sent },
    body: JSON.stringify(request),
  }).then((response) => response.json());
}

const Saved = createContext([]);

function Questions() {
  const [chosen, choose] = useState(null);
  const [typed, setTyped] = useState(token.get);
  const { addTab, queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  const { introspect } = useSchemaStore();

  // The editors belong to the new tab once it is drawn.
  useEffect(() => {
    if (!chosen) return;
    queryEditor?.setValue(chosen.query);
    variableEditor?.setValue(chosen.variables);
    choose(null);
  }, [chosen, queryEditor, variableEditor]);

  function open(question) {
    addTab();
    choose(question);
  }

  function keepToken(event) {
    event.preventDefault();
    token.set(typed);
    introspect();
  }

  return (
    <section className="faultline" aria-label="Saved questions">
      <h1>Saved questions</h1>
      <ol>
        {useContext(Saved).map((q) => (
          <li key={q.name}>
            <button type="button" data-question={q.name} title={q.about} onClick={() => open(q)}>
              {q.title}
            </button>
          </li>
        ))}
      </ol>
      <form onSubmit={keepToken}>
        <label htmlFor="faultline-token">Token, where the server asks for one</label>
        <input id="faultline-token" type="password" autoComplete="off" value={typed} onChange={(e) => setTyped(e.target.value)} />
        <button type="submit">Use it</button>
        <p>It is kept in this tab until you close it. What you write as Authorization in the headers of a request goes first.</p>
      </form>
    </section>
  );
}

const Icon = () => (
  <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
    <path d="M3 2h10v12l-5-3.5L3 14z" strokeLinejoin="round" />
  </svg>
);

const QUESTIONS = { title: 'Saved questions', icon: Icon, content: Questions };
const PLUGINS = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN, QUESTIONS];

// The pane of questions is open from the start only if it is so before the rest is drawn.
function Interface() {
  const [ready, setReady] = useState(false);
  useEffect(() => setReady(true), []);
  return ready && <GraphiQLInterface showPersistHeadersSettings={false} defaultEditorToolsVisibility="variables" />;
}

const questions = await (await fetch('graphiql/questions.json')).json();

// Who comes for the first time finds the first question open.
const [{ query, variables }] = questions;
const first = localStorage.getItem('graphiql:tabState') ? {} : { defaultTabs: [{ query }], variables };

createRoot(document.getElementById('graphiql')).render(
  <Saved value={questions}>
    <GraphiQLProvider
      fetcher={fetcher}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      visiblePlugin={QUESTIONS}
      shouldPersistHeaders={false}
      {...first}
    >
      <HistoryContextProvider>
        <DocExplorerContextProvider>
          <Interface />
        </DocExplorerContextProvider>
      </HistoryContextProvider>
    </GraphiQLProvider>
  </Saved>,
);
