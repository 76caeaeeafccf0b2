// Runs the audits of graphql-http against the address given, one after the other,
// and prints one line of JSON for each.
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  const reason = result.status === 'ok' ? '' : String(result.reason ?? result.error ?? '');
  console.log(JSON.stringify({ id: audit.id, name: audit.name, status: result.status, reason }));
}
