package server_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a hostile document may cost. The time is the best of three, on a machine
// that may be several times slower than the one it was measured on.
const (
	mostTime   = 25 * time.Millisecond
	mostBytes  = 8 << 20
	mostAnswer = 16 << 10
	slower     = 4
)

// corpus is the generated documents and those of testdata/hostile, whose first
// line says what becomes of them.
func corpus(t testing.TB) []hostile {
	all := generated()
	files, err := filepath.Glob("testdata/hostile/*.graphql")
	must(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		first, query, _ := strings.Cut(string(b), "\n")
		code := strings.TrimPrefix(first, "# ")
		if code == "answered" {
			code = ""
		}
		all = append(all, hostile{name: strings.TrimSuffix(filepath.Base(f), ".graphql"), query: query, code: code})
	}
	return all
}

// The worst of the corpus is printed with -v: the margin is worth knowing.
func TestHostileDocumentsCostNextToNothing(t *testing.T) {
	s := start(t, nil)
	_ = s.send("POST", "/graphql", `{"query":"{ store { kind } }"}`) // the first answer loads what all need
	all := corpus(t)
	if len(all) < 80 {
		t.Fatalf("the corpus has %d documents", len(all))
	}
	var times []time.Duration
	var slowest, hungriest hostile
	most := uint64(0)
	for _, h := range all {
		best, least := time.Hour, uint64(1<<62)
		for again := range 3 {
			elapsed, allocated, answer := s.measure(h.request(again))
			best, least = min(best, elapsed), min(least, allocated)
			if again > 0 {
				continue
			}
			if len(answer) > mostAnswer {
				t.Errorf("%s: the answer has %d bytes", h.name, len(answer))
			}
			if refused := strings.Contains(answer, `"code":"`+h.code+`"`); h.code != "*" && refused == (h.code == "") || h.code == "" && strings.Contains(answer, `"errors":[`) {
				t.Errorf("%s: %.300s; want %q", h.name, answer, h.code)
			}
		}
		if testing.Short() { // under the race detector, whose costs are not the service's
			continue
		}
		if best > mostTime*slower {
			t.Errorf("%s took %v", h.name, best)
		}
		if least > mostBytes {
			t.Errorf("%s allocated %d bytes", h.name, least)
		}
		if len(times) == 0 || best > slices.Max(times) {
			slowest = h
		}
		if least > most {
			most, hungriest = least, h
		}
		times = append(times, best)
	}
	if len(times) == 0 {
		return
	}
	slices.Sort(times)
	t.Logf("%d documents; time: median %v, worst %v (%s); memory: worst %.1f MB (%s)", len(all), times[len(times)/2], times[len(times)-1], slowest.name, float64(most)/(1<<20), hungriest.name)
}

// measure sends a body and says what it cost.
func (s service) measure(body string) (elapsed time.Duration, allocated uint64, answer string) {
	r := httptest.NewRequestWithContext(context.Background(), "POST", "http://localhost/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	s.ServeHTTP(w, r)
	elapsed = time.Since(begun)
	runtime.ReadMemStats(&after)
	return elapsed, after.TotalAlloc - before.TotalAlloc, w.Body.String()
}

// Ten errors about long values, in the characters that JSON writes longest.
func TestRefusalsStayShort(t *testing.T) {
	s := start(t, nil)
	long := strings.Repeat("\u2028", 1500)
	query := "{" + strings.Repeat(` cis(first: "`+long+`") { totalCount }`, 12) + " }"
	body := text(t, s.send("POST", "/graphql", hostile{query: query}.request(0)))
	if strings.Count(body, `"message"`) != 10 || len(body) > mostAnswer {
		t.Errorf("%d bytes: %.600s", len(body), body)
	}
}

// What tools ask of every GraphQL service must be answered.
func TestToolsMayReadTheSchema(t *testing.T) {
	s := start(t, nil)
	files, err := filepath.Glob("testdata/introspection/*.graphql")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("there are no documents of tools")
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		r := s.send("POST", "/graphql", hostile{query: string(b)}.request(0))
		if body := text(t, r); strings.HasPrefix(body, `{"errors"`) || !strings.Contains(body, `"ConfigurationItem"`) {
			t.Errorf("%s: %.500s", f, body)
		}
	}
}

// No document makes the service panic, work for long, or answer a refusal at
// length.
func FuzzDocument(f *testing.F) {
	for _, h := range corpus(f) {
		if h.body == "" && len(h.query) < 4<<10 {
			f.Add(h.query)
		}
	}
	s := start(f, nil)
	f.Fuzz(func(t *testing.T, query string) {
		elapsed, allocated, answer := s.measure(hostile{query: query}.request(0))
		if elapsed > time.Second {
			t.Errorf("it took %v", elapsed)
		}
		if refused := !strings.Contains(answer, `"data":{`); refused && (len(answer) > mostAnswer || allocated > 4*mostBytes) {
			t.Errorf("the refusal has %d bytes and allocated %d", len(answer), allocated)
		}
		if strings.Contains(answer, `"code":"INTERNAL"`) {
			t.Errorf("a fault: %s", answer)
		}
	})
}
