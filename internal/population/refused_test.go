package population_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/population"
)

const (
	web  = `{"kind":"ci","class":"server","name":"web"}`
	shop = `{"kind":"ci","class":"application","name":"shop"}`
	runs = `{"kind":"relation","from":"application:shop","type":"RUNS_ON","to":"server:web"}`
)

// refusal is an input with exactly one thing wrong.
type refusal struct {
	name, input string
	options     population.Options
	line        int
	field       string
	says, mend  string // parts of the message and of the hint
}

func (r refusal) test(t *testing.T) {
	t.Helper()
	l := ledger(t)
	d := bring(t, l, r.input, r.options)
	if len(d.errors) != 1 {
		t.Fatalf("%d errors: %+v", len(d.errors), d.errors)
	}
	if e := d.errors[0]; e.Line != r.line || e.Field != r.field || !strings.Contains(e.Message, r.says) || !strings.Contains(e.Hint, r.mend) {
		t.Errorf("line %d, field %q: %s (%s)\nwant line %d, field %q: %s (%s)", e.Line, e.Field, e.Message, e.Hint, r.line, r.field, r.says, r.mend)
	}
	if d.Applied || d.Commits != 0 || d.CIs != (population.Counts{}) || revision(t, l) != 0 {
		t.Errorf("something was written: %+v", d.Summary)
	}
}

func TestRefusedNDJSON(t *testing.T) {
	for _, r := range []refusal{
		{name: "an unknown kind", input: lines(web, `{"kind":"relatoin","from":"a:b"}`), line: 2, field: "kind", says: `"relatoin" is unknown`, mend: "did you mean relation?"},
		{name: "no kind", input: lines(web, `{"class":"server","name":"x"}`), line: 2, field: "kind", says: "missing", mend: "relationType"},
		{name: "an unknown field", input: lines(web, `{"kind":"ci","class":"server","nam":"x"}`), line: 2, field: "nam", says: `"nam" is unknown`, mend: "did you mean name?"},
		{name: "an unknown field within", input: lines(`{"kind":"ci","class":"server","name":"x","evidence":{"metod":"OBSERVED"}}`), line: 1, field: "evidence.metod", says: "unknown", mend: "did you mean method?"},
		{name: "an unknown field in a list", input: lines(`{"kind":"ci","class":"server","name":"x","keys":[{"source":"a","value":"1"},{"source":"a","vale":"1"}]}`), line: 1, field: "keys[1].vale", says: "unknown", mend: "value"},
		{name: "a missing field", input: lines(`{"kind":"ci","class":"server"}`), line: 1, field: "name", says: "missing"},
		{name: "no JSON", input: lines(web, `hello`), line: 2, says: `an object is expected, not 'h'`, mend: "one JSON object"},
		{name: "a list", input: lines(web, `[1]`), line: 2, says: "an object is expected, not a list"},
		{name: "two objects", input: lines(web + shop), line: 1, says: "goes on after its object"},
		{name: "a trailing comma", input: lines(`{"kind":"ci","class":"server","name":"x",}`), line: 1, says: "a key in double quotes is expected, not '}'"},
		{name: "a key twice", input: lines(`{"kind":"ci","class":"server","name":"x","name":"y"}`), line: 1, field: "name", says: "stands twice", mend: "leave one"},
		{name: "a kind twice", input: lines(`{"kind":"ci","kind":"ci","class":"server","name":"x"}`), line: 1, field: "kind", says: "stands twice"},
		{name: "an attribute twice", input: lines(`{"kind":"ci","class":"server","name":"x","attributes":{"os":"a","os":"b"}}`), line: 1, field: "attributes.os", says: "stands twice"},
		{name: "a key twice in a table", input: lines(web, shop, `{"kind":"relation","from":"application:shop","type":"RUNS_ON","to":"server:web","transfer":{"DOWN":"DOWN","DOWN":"DOWN"}}`), line: 3, field: "transfer", says: "stands twice"},
		{name: "null", input: lines(`{"kind":"ci","class":"server","name":"x","scope":null}`), line: 1, field: "scope", says: "not null", mend: "leave the field out"},
		{name: "text for a number", input: lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"AT_LEAST","k":"2"}`), line: 2, field: "k", says: "an integer is expected, not text"},
		{name: "half a number", input: lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"AT_LEAST","k":1.5}`), line: 2, field: "k", says: "1.5 is not an integer"},
		{name: "a path to nothing", input: lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"REACHES","plane":"network"}`), line: 2, field: "targets", says: "names no target"},
		{name: "a path to nobody", input: lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"REACHES","plane":"network","targets":["server:nobody"]}`), line: 2, field: "targets.0", says: "server:nobody"},
		{name: "a demand that overflows", input: lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"CAPACITY","demand":9223372036854775808}`), line: 2, field: "demand", says: "not an integer of 64 bits"},
		{name: "a demand below zero", input: lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"CAPACITY","demand":-1}`), line: 2, field: "demand", says: "below zero"},
		{name: "a step without a demand", input: lines(web, `{"kind":"requirement","of":"server:web","name":"r","rule":"CAPACITY","demand":1,"demandSteps":[{"at":"2026-01-01T00:00:00Z"}]}`), line: 2, field: "demandSteps[0].demand", says: "missing"},
		{name: "a huge number", input: lines(web, shop, strings.Replace(runs, `}`, `,"capacity":9223372036854775808}`, 1)), line: 3, field: "capacity", says: "not an integer of 64 bits"},
		{name: "a leading zero", input: lines(web, shop, strings.Replace(runs, `}`, `,"capacity":01}`, 1)), line: 3, field: "capacity", says: "not a number"},
		{name: "half a surrogate", input: lines(`{"kind":"ci","class":"server","name":"\ud800x"}`), line: 1, field: "name", says: "half a surrogate pair"},
		{name: "no UTF-8", input: lines(web, "{\"kind\":\"ci\",\"class\":\"server\",\"name\":\"caf\xe9\"}"), line: 2, says: "the byte 0xE9 is not UTF-8", mend: "save the file as UTF-8"},
		{name: "a control character", input: lines("{\"kind\":\"ci\",\"class\":\"server\",\"name\":\"a\tb\"}"), line: 1, field: "name", says: "control character"},
		{name: "deeply nested", input: lines(`{"kind":"ci","class":"server","name":"x","attributes":{"os":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}}`), line: 1, field: "attributes.os", says: "nested deeper"},
		{name: "cut off", input: web + "\n" + `{"kind":"ci","class":"server","na`, line: 2, says: "a text is not closed", mend: "was it cut off?"},
		{name: "too long", input: lines(web, `{"kind":"ci","class":"server","name":"`+strings.Repeat("x", population.MaxLine)+`"}`, shop), line: 2, says: "longer than 1048576 bytes"},
		{name: "UTF-16", input: "\xff\xfe{\x00", line: 1, says: "UTF-16", mend: "save it as UTF-8"},
		{name: "gzip", input: "\x1f\x8b\x08\x00", line: 1, says: "gzip", mend: "unpack"},
		{name: "a header in the middle", input: lines(web, `{"kind":"graph","version":1}`), line: 2, field: "kind", says: "in the middle", mend: "first"},
		{name: "another version", input: lines(`{"kind":"graph","version":2}`, web), line: 1, field: "version", says: "version 2", mend: "reads version 1"},
		{name: "an unknown class", input: lines(`{"kind":"ci","class":"sever","name":"x"}`), line: 1, field: "class", says: `"sever" is unknown`, mend: "did you mean server?"},
		{name: "an unknown attribute", input: lines(`{"kind":"ci","class":"server","name":"x","attributes":{"environmnt":"test"}}`), line: 1, field: "attributes.environmnt", says: "unknown", mend: "did you mean environment?"},
		{name: "a wrong value", input: lines(`{"kind":"ci","class":"server","name":"x","attributes":{"lifecycle":"ALIVE"}}`), line: 1, field: "attributes.lifecycle", says: "ALIVE", mend: "LIVE"},
		{name: "an empty name", input: lines(`{"kind":"ci","class":"server","name":""}`), line: 1, field: "name", says: "empty"},
		{name: "a slash in a scope", input: lines(`{"kind":"ci","class":"server","scope":"a/b","name":"x"}`), line: 1, field: "scope", says: "'/'"},
		{name: "no reference", input: lines(web, `{"kind":"relation","from":"web","type":"RUNS_ON","to":"server:web"}`), line: 2, field: "from", says: "no ':'", mend: "class:name"},
		{name: "a bad time", input: lines(web, shop, strings.Replace(runs, `}`, `,"validFrom":"yesterday"}`, 1)), line: 3, field: "validFrom", says: "not a time", mend: "RFC 3339"},
		{name: "a bad duration", input: lines(web, shop, strings.Replace(runs, `}`, `,"grace":"20 min"}`, 1)), line: 3, field: "grace", says: "20 min", mend: "PT20M"},
		{name: "a bad transfer", input: lines(web, shop, strings.Replace(runs, `}`, `,"transfer":"SOFTLY"}`, 1)), line: 3, field: "transfer", says: "SOFTLY", mend: "SOFT"},
		{name: "a bad method", input: lines(`{"kind":"ci","class":"server","name":"x","evidence":{"method":"GUESSED"}}`), line: 1, field: "evidence.method", says: "GUESSED", mend: "OBSERVED"},
		{name: "a dangling relation", input: lines(shop, runs), line: 2, field: "to", says: "no CI is named server:web", mend: "ask for stubs"},
		{name: "a dangling requirement", input: lines(`{"kind":"requirement","of":"server:web","name":"r","rule":"ANY"}`), line: 1, field: "of", says: "server:web"},
		{name: "retiring nobody", input: lines(`{"kind":"retire","ci":"server:web"}`), line: 1, field: "ci", says: "server:web"},
		{name: "a pair that is not allowed", input: lines(web, shop, `{"kind":"relation","from":"server:web","type":"POWERED_BY","to":"application:shop"}`), line: 3, field: "type", says: "POWERED_BY does not go"},
		{name: "a CI twice", input: lines(web, shop, web), line: 3, field: "name", says: "line 1 is about the same CI", mend: "keep one"},
		{name: "a relation stated twice, differently", input: lines(web, shop, runs, strings.Replace(runs, `}`, `,"transfer":"SOFT"}`, 1)), line: 4, says: "line 3 is about the same relation"},
		{name: "a relation stated and withdrawn", input: lines(strings.Replace(runs, "relation", "withdraw", 1), web, shop, runs), line: 1, says: "line 4 states the relation"},
		{name: "a CI described and retired", input: lines(`{"kind":"retire","ci":"server:web"}`, web), line: 1, field: "ci", says: "line 2 describes"},
		{name: "a class twice", input: lines(`{"kind":"class","name":"firewall","extends":"network_device"}`, `{"kind":"class","name":"firewall","extends":"network_device"}`), line: 2, field: "name", says: "line 1 is about the same class"},
		{name: "a class that extends nothing known", input: lines(`{"kind":"class","name":"firewall","extends":"netwrk"}`), line: 1, field: "extends", says: "netwrk"},
		{name: "builtin is not the input's to say", input: lines(`{"kind":"class","name":"firewall","extends":"ci","builtin":true}`), line: 1, field: "builtin", says: "unknown"},
	} {
		t.Run(r.name, r.test)
	}
}

func TestAllErrorsAreToldAtOnceAndAllAreCounted(t *testing.T) {
	l := ledger(t)
	input := []string{web, `{"kind":"ci","class":"application","name":"bad","attributes":{"lifecycle":"ALIVE"}}`}
	for i := range 12_000 {
		input = append(input, fmt.Sprintf(`{"kind":"relation","from":"server:web","type":"POWERED_BY","to":"server:web","qualifier":"%d"}`, i))
	}
	d := bring(t, l, lines(input...), population.Options{})
	if d.Errors != 12_001 || len(d.errors) != population.MaxListed || d.errors[1].Line != 3 {
		t.Errorf("%d errors, %d listed", d.Errors, len(d.errors))
	}
	if revision(t, l) != 0 {
		t.Error("something was written")
	}
}

func TestARelationOfARefusedLineSaysSo(t *testing.T) {
	d := bring(t, ledger(t), lines(
		`{"kind":"ci","class":"server","name":"web","keys":[{"source":"","value":"1"}]}`, shop, runs), population.Options{})
	if len(d.errors) != 2 || d.errors[0].Line != 1 || d.errors[1].Line != 3 || !strings.Contains(d.errors[1].Hint, "line 1") {
		t.Errorf("%+v", d.errors)
	}
}
