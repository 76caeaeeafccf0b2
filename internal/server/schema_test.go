package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/resolvers"
)

// released is the schema that clients rely on: as it was released last.
const released = "../../docs/schema/released.graphqls"

// whatToDo is told with each change that breaks clients.
const whatToDo = `Clients of the released schema would break. Keep what they use and mark it @deprecated(reason: "..."), beside what replaces it.
Where it has to go: release the schema anew (go run ./cmd/faultline schema print > docs/schema/released.graphqls), with an entry under "Breaking" in CHANGELOG.md.`

// scripts/audits.sh installs graphql-js and runs this test.
func TestTheSchemaBreaksNoClientOfTheReleasedOne(t *testing.T) {
	before, err := os.ReadFile(released)
	must(t, err)
	for _, change := range breaking(t, string(before), resolvers.SDL()) {
		t.Errorf("%s: %s\n%s", change.Type, change.Description, whatToDo)
	}
}

func TestTheGateOfTheSchemaCatchesWhatBreaksClients(t *testing.T) {
	sdl := resolvers.SDL()
	for _, c := range []struct{ name, old, new, want string }{
		{"a field is removed", "  \"The verdict in one sentence.\"\n  summary: String!\n", "", "FIELD_REMOVED"},
		{"a field is renamed", "  evaluatedNodes: Int!", "  lookedAt: Int!", "FIELD_REMOVED"},
		{"a field has another type", "  complete: Boolean!", "  complete: String!", "FIELD_CHANGED_KIND"},
		{"a field may be null now", "  summary: String!", "  summary: String", "FIELD_CHANGED_KIND"},
		{"an argument has to be given", "    \"What happens.\"\n    scenario: ScenarioInput!", "    \"Why it is asked.\"\n    reason: String!\n    \"What happens.\"\n    scenario: ScenarioInput!", "REQUIRED_ARG_ADDED"},
		{"an argument is removed", "    \"Bounds of the assessment.\"\n    options: ImpactOptions\n", "", "ARG_REMOVED"},
		{"an argument has another type", "    scenario: ScenarioInput!", "    scenario: EffectInput!", "ARG_CHANGED_KIND"},
		{"an argument has another default", "direction: Direction! = CONSUMERS", "direction: Direction! = PROVIDERS", "ARG_DEFAULT_VALUE_CHANGE"},
		{"an input's field has another default", "  mode: BulkMode! = ATOMIC", "  mode: BulkMode! = PARTIAL", "INPUT_DEFAULT_VALUE_CHANGE"},
		{"an input's field has no default now", "  kind: EffectKind! = OUTAGE", "  kind: EffectKind", "INPUT_DEFAULT_VALUE_CHANGE"},
		{"an input's field has to be given", "  maxEvaluatedRelations: Int\n", "  maxEvaluatedRelations: Int!\n", "FIELD_CHANGED_KIND"},
		{"an input gains a field that has to be given", "input ImpactOptions {", "input ImpactOptions {\n  \"How.\"\n  how: String!", "REQUIRED_INPUT_FIELD_ADDED"},
		{"a value of an enum is removed", "  \"It was not tried, or not kept, because another item was refused.\"\n  SKIPPED\n", "", "VALUE_REMOVED_FROM_ENUM"},
		{"a union loses a type", "union LedgerEvent = LedgerEntry | ResyncRequired", "union LedgerEvent = LedgerEntry", "TYPE_REMOVED_FROM_UNION"},
		{"a type leaves its interface", "type NotFound implements UserError {", "type NotFound {", "IMPLEMENTED_INTERFACE_REMOVED"},
		{"a scalar becomes a type", "scalar Revision @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc8259#section-7\")", "type Revision { \"It.\" number: Int! }", "TYPE_CHANGED_KIND"},

		{"nothing", "", "", ""},
		{"another description", "\"The verdict in one sentence.\"", "\"The verdict.\"", ""},
		{"a field is deprecated", "  summary: String!\n", "  summary: String! @deprecated(reason: \"Ask for verdict.\")\n  \"The verdict.\"\n  verdict: String!\n", ""},
		{"a field is never null now", "  endCursor: String\n", "  endCursor: String!\n", ""},
		{"an argument that may be given", "    options: ImpactOptions\n", "    options: ImpactOptions\n    \"Why it is asked.\"\n    reason: String\n", ""},
		{"an input gains a field that may be given", "input ImpactOptions {", "input ImpactOptions {\n  \"How.\"\n  how: String", ""},
		{"an enum gains a value", "enum ItemStatus {", "enum ItemStatus {\n  \"It waits.\"\n  WAITING", ""},
		{"a type is added", "\"A list of CIs to retire.\"", "\"A thing.\"\ntype Thing {\n  \"Its name.\"\n  name: String!\n}\n\n\"A list of CIs to retire.\"", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(sdl, c.old, c.new, 1)
			if c.old != "" && changed == sdl {
				t.Fatalf("%q is not in the schema", c.old)
			}
			var got []string
			for _, change := range breaking(t, sdl, changed) {
				t.Log(change.Description)
				got = append(got, change.Type)
			}
			if said := strings.Join(slices.Compact(got), " "); said != c.want {
				t.Errorf("the gate says %q, want %q", said, c.want)
			}
		})
	}
}

// breakage is a change that breaks clients, by graphql-js.
type breakage struct{ Type, Description string }

func breaking(t *testing.T, before, after string) (found []breakage) {
	t.Helper()
	installed := os.Getenv("FAULTLINE_AUDITS")
	if installed == "" {
		t.Skip("graphql-js is run by scripts/audits.sh")
	}
	dir := t.TempDir()
	args := []string{filepath.Join(installed, "breaking.mjs")}
	for name, sdl := range map[string]string{"before.graphqls": before, "now.graphqls": after} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(sdl), 0o600))
	}
	run := exec.CommandContext(t.Context(), "node", append(args, filepath.Join(dir, "before.graphqls"), filepath.Join(dir, "now.graphqls"))...)
	run.Stderr = os.Stderr
	out, err := run.Output()
	must(t, err)
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var c breakage
		if err := lines.Decode(&c); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, c)
	}
}
