package population_test

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/population"
)

func mapping(t *testing.T, text string) *population.Mapping {
	t.Helper()
	m, err := population.ParseMapping(text)
	must(t, err)
	return m
}

func TestCSVByItsTitles(t *testing.T) {
	l := ledger(t)
	d := brought(t, l, "\xef\xbb\xbfclass,scope,name,key:netbox,lifecycle,description\r\n"+
		"server,dc1,web-01,dcim/1,PLANNED,\"two\r\nlines, and a \"\"quote\"\"\"\r\n"+
		"\r\n"+
		"server,,web-02,,,\r\n", population.Options{Format: population.CSV})
	if d.Lines != 2 || d.CIs.Created != 2 {
		t.Errorf("%+v", d.Summary)
	}
	want := lines(`{"kind":"graph","version":1}`,
		`{"kind":"ci","class":"server","scope":"dc1","name":"web-01","attributes":{"description":"two\r\nlines, and a \"quote\"","lifecycle":"PLANNED"},"keys":[{"source":"netbox","value":"dcim/1"}]}`,
		`{"kind":"ci","class":"server","name":"web-02"}`)
	if got := exported(t, l); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	// An empty cell keeps what is there.
	d = brought(t, l, "class,scope,name,lifecycle\nserver,dc1,web-01,\n", population.Options{Format: population.CSV})
	if d.CIs.Unchanged != 1 || exported(t, l) != want {
		t.Errorf("%+v", d.Summary)
	}
}

func TestCSVByAMapping(t *testing.T) {
	l := ledger(t)
	m := mapping(t, `{"class":"application","scope":"shop","name":"Application","attributes":{"description":"What it does"},"keys":{"cmdb":"ID"},
		"relations":[{"type":"RUNS_ON","column":"Host","class":"server","scope":"dc1"},{"type":"DEPENDS_ON","column":"Needs"}],"ignore":["Notes",""]}`)
	d := brought(t, l, lines("Application,What it does,ID,Host,Needs,Notes,",
		"checkout,takes money,17,web-01,database:shop/orders,x,", "catalogue,,18,,,y,"), population.Options{Format: population.CSV, Mapping: m, Stubs: true, Source: "cmdb"})
	if d.CIs.Created != 4 || d.Relations.Created != 2 {
		t.Errorf("%+v", d.Summary)
	}
	want := lines(`{"kind":"graph","version":1}`,
		`{"kind":"ci","class":"application","scope":"shop","name":"catalogue","keys":[{"source":"cmdb","value":"18"}]}`,
		`{"kind":"ci","class":"application","scope":"shop","name":"checkout","attributes":{"description":"takes money"},"keys":[{"source":"cmdb","value":"17"}]}`,
		`{"kind":"ci","class":"database","scope":"shop","name":"orders"}`,
		`{"kind":"ci","class":"server","scope":"dc1","name":"web-01"}`,
		`{"kind":"relation","from":"application:shop/checkout","type":"DEPENDS_ON","to":"database:shop/orders"}`,
		`{"kind":"relation","from":"application:shop/checkout","type":"RUNS_ON","to":"server:dc1/web-01"}`)
	if got := exported(t, l); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestRefusedCSV(t *testing.T) {
	csv := population.Options{Format: population.CSV, Class: "server"}
	mapped := func(text string) population.Options {
		return population.Options{Format: population.CSV, Mapping: mapping(t, text)}
	}
	for _, r := range []refusal{
		{name: "nothing", input: "", options: csv, line: 1, says: "no header row", mend: "class, scope, name"},
		{name: "an unknown column", input: "name,lifecycel\na,LIVE\n", options: csv, line: 1, says: `"lifecycel" is unknown`, mend: "did you mean lifecycle?"},
		{name: "a column twice", input: "name,lifecycle,name\na,LIVE,b\n", options: csv, line: 1, says: `columns 1 and 3 are both called "name"`},
		{name: "a column without a title", input: "name,\na,b\n", options: csv, line: 1, says: "column 2 has no title", mend: "ignore"},
		{name: "no name", input: "lifecycle\nLIVE\n", options: csv, line: 1, says: "no column is called name", mend: "mapping"},
		{name: "no class", input: "name\nweb\n", options: population.Options{Format: population.CSV}, line: 1, says: "no column is called class"},
		{name: "another separator", input: "name;lifecycle\na;LIVE\n", options: csv, line: 1, says: "unknown", mend: "separated by commas"},
		{name: "a mapped column that is not there", input: "Name\na\n", options: mapped(`{"class":"server","name":"Nam"}`), line: 1, field: "mapping.name", says: `"Nam" is unknown`, mend: "did you mean Name?"},
		{name: "too few cells", input: "name,lifecycle\na\n", options: csv, line: 2, says: "1 cells, the header 2", mend: "quotes"},
		{name: "too many cells", input: "name,lifecycle\nb,LIVE\na,LIVE,x\n", options: csv, line: 3, says: "3 cells, the header 2"},
		{name: "no UTF-8", input: "name\nb\ncaf\xe9\n", options: csv, line: 3, says: "0xE9 is not UTF-8"},
		{name: "a quote in the middle", input: "name\n19\" rack\nb\n", options: csv, line: 2, says: "a quote stands in the middle", mend: "double each quote"},
		{name: "an open quote", input: "name\nb\n\"a\nc\n", options: csv, line: 3, says: "never closed"},
		{name: "a cell of 10 MB", input: "name\nb\n" + strings.Repeat("x", 10<<20) + "\nc\n", options: csv, line: 3, says: "longer than 1048576 bytes"},
		{name: "a quoted cell of 10 MB", input: "name\nb\n\"" + strings.Repeat("xx\n", 3<<20) + "\"\nc\n", options: csv, line: 3, says: "longer than 1048576 bytes", mend: "not closed?"},
		{name: "a wrong value", input: "name,lifecycle\n\"a\",ALIVE\n", options: csv, line: 2, field: "lifecycle", says: "ALIVE", mend: "LIVE"},
		{name: "an empty name", input: "name,lifecycle\n,LIVE\n", options: csv, line: 2, field: "name", says: "empty"},
		{name: "an unknown class", input: "class,name\nsever,a\n", options: csv, line: 2, field: "class", says: "sever", mend: "did you mean server?"},
		{name: "a dangling relation", input: "Name,Host\na,web\n", options: mapped(`{"class":"application","name":"Name","relations":[{"type":"RUNS_ON","column":"Host","class":"server"}]}`), line: 2, field: "to", says: "server:web"},
		{name: "a CI twice", input: "name\na\na\n", options: csv, line: 3, field: "name", says: "line 2 is about the same CI"},
	} {
		t.Run(r.name, r.test)
	}
}

func TestARefusedMapping(t *testing.T) {
	for text, says := range map[string]string{
		`{"clas":"server"}`:                     "clas",
		`{"class":"a","class":"b"}`:             "stands twice",
		`{"class":"server"`:                     "the end of the line",
		`{"relations":[{"type":"RUNS_ON"}]}`:    "no column",
		`{"class":"caf` + "\xe9" + `"}`:         "0xE9",
		`{"class":"server"} {"class":"server"}`: "goes on",
	} {
		if _, err := population.ParseMapping(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
