// Compares the schema in the second file with the one in the first, and prints one
// line of JSON for each change that breaks a client of the first: what graphql-js
// calls breaking, and another default, by which a request that says nothing of it
// means something else.
import { readFileSync } from 'node:fs';
import { buildSchema, DangerousChangeType, findBreakingChanges, findDangerousChanges, isInputObjectType } from 'graphql';

// Federation defines its directives by @link, which graphql-js does not follow.
const [released, current] = process.argv.slice(2).map((file) => buildSchema(readFileSync(file, 'utf8'), { assumeValidSDL: true }));

const defaultsOfArguments = findDangerousChanges(released, current).filter((c) => c.type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE);

// graphql-js does not look at the defaults of an input's fields.
function* defaultsOfInputs() {
  for (const was of Object.values(released.getTypeMap()).filter(isInputObjectType)) {
    const is = current.getType(was.name);
    if (!isInputObjectType(is)) continue;
    for (const { name, defaultValue } of Object.values(was.getFields())) {
      const [before, now] = [defaultValue, is.getFields()[name]?.defaultValue].map((v) => JSON.stringify(v));
      if (before !== undefined && is.getFields()[name] && before !== now) {
        yield { type: 'INPUT_DEFAULT_VALUE_CHANGE', description: `${was.name}.${name} has changed defaultValue from ${before} to ${now}.` };
      }
    }
  }
}

for (const { type, description } of [...findBreakingChanges(released, current), ...defaultsOfArguments, ...defaultsOfInputs()]) {
  console.log(JSON.stringify({ type, description }));
}
