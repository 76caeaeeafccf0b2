package population_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/demo"
	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ledger opens a store of its own; the test ends with a check of all that it holds.
func ledger(t testing.TB) *records.Ledger {
	t.Helper()
	return ledgerAt(t, filepath.Join(t.TempDir(), "faultline.db"))
}

func ledgerAt(t testing.TB, path string) *records.Ledger {
	t.Helper()
	st, err := sqlite.Open(background, path)
	must(t, err)
	p, err := projection.Open(background, st, projection.Options{Poll: 20 * time.Millisecond})
	must(t, err)
	t.Cleanup(func() {
		report, err := store.Check(background, st)
		must(t, err)
		for _, f := range report.Broken {
			t.Errorf("Check: %s", f)
		}
		must(t, p.Close())
		must(t, st.Close())
	})
	return records.New(st, p, time.Now)
}

// told is what an import reported.
type told struct {
	population.Summary
	errors, warnings []population.Diagnostic
	plan             []population.Planned
	progress         []population.Progress
}

func (d *told) line(v any) error {
	switch v := v.(type) {
	case population.Progress:
		d.progress = append(d.progress, v)
	case population.Planned:
		d.plan = append(d.plan, v)
	case population.Diagnostic:
		if v.Severity == "error" {
			d.errors = append(d.errors, v)
		} else {
			d.warnings = append(d.warnings, v)
		}
	case population.Summary:
		d.Summary = v
	default:
		return fmt.Errorf("a line of type %T", v)
	}
	return nil
}

// bring imports a text and fails where Import does.
func bring(t testing.TB, l *records.Ledger, text string, o population.Options) told {
	t.Helper()
	var d told
	must(t, population.Import(background, l, strings.NewReader(text), o, d.line))
	if d.Kind != "summary" || d.Errors != len(d.errors) && d.Errors <= population.MaxListed {
		t.Errorf("the summary counts %d errors, %d were listed", d.Errors, len(d.errors))
	}
	return d
}

// brought is bring of what must be good.
func brought(t testing.TB, l *records.Ledger, text string, o population.Options) told {
	t.Helper()
	d := bring(t, l, text, o)
	for _, e := range d.errors {
		t.Errorf("line %d %s: %s (%s)", e.Line, e.Field, e.Message, e.Hint)
	}
	return d
}

func exported(t testing.TB, l *records.Ledger) string {
	t.Helper()
	var b bytes.Buffer
	must(t, population.Export(background, l, &b))
	return b.String()
}

func revision(t testing.TB, l *records.Ledger) graph.Revision {
	t.Helper()
	h, err := l.Store().Head(background)
	must(t, err)
	return h.Revision
}

func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }

func text(t testing.TB, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	must(t, err)
	return string(b)
}

func TestTheSampleEstateComesInOnceAndGoesOutEqual(t *testing.T) {
	estate := text(t, demo.Estate())
	a, b := ledger(t), ledger(t)
	d := brought(t, a, estate, population.Options{Actor: "tester"})
	if !d.Applied || d.Lines != 4672 || d.CIs.Created != 2206 || d.Relations.Created != 2425 || d.Requirements.Created != 41 || d.Revision != "3" || d.Commits != 3 {
		t.Errorf("%+v", d.Summary)
	}
	if again := brought(t, a, estate, population.Options{}); again.Commits != 0 || again.Revision != d.Revision || again.CIs.Unchanged != d.CIs.Created || again.Relations.Unchanged != d.Relations.Created {
		t.Errorf("again: %+v", again.Summary)
	}
	out := exported(t, a)
	brought(t, b, out, population.Options{Source: "another"})
	if got := exported(t, b); got != out {
		t.Error("the export of the import of an export is another")
	}
	if head, err := a.Store().Head(background); err != nil || len(head.OpenRuns) != 0 {
		t.Errorf("open runs: %v, %v", head.OpenRuns, err)
	}
}

// The JSON of the lines is what other programs read.
func TestTheWireFormat(t *testing.T) {
	for _, c := range []struct {
		line any
		want string
	}{
		{population.Progress{Kind: "progress", Phase: "check", Done: 1, Total: 2, Unit: "lines"}, `{"kind":"progress","phase":"check","done":1,"total":2,"unit":"lines"}`},
		{population.Diagnostic{Kind: "diagnostic", Severity: "error", Line: 12, Field: "attributes.os", Code: "INVALID", Message: "m"}, `{"kind":"diagnostic","severity":"error","line":12,"field":"attributes.os","code":"INVALID","message":"m"}`},
		{population.Planned{Kind: "plan", Line: 3, Outcome: "CREATED", Subject: "server:a"}, `{"kind":"plan","line":3,"outcome":"CREATED","subject":"server:a"}`},
	} {
		got, err := json.Marshal(c.line)
		must(t, err)
		if string(got) != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}
