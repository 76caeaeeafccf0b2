package storetest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func dumps() []promise {
	return []promise{
		{"a dump restores the same ids, revisions and hashes", restores},
		{"a damaged dump is refused, with its line", damaged},
	}
}

func (b *bench) dump() string {
	b.Helper()
	var out bytes.Buffer
	b.must(store.Dump(background, b.st, &out))
	return out.String()
}

func restores(b *bench) {
	b.history(120)
	text := b.dump()
	copy := b.fresh(b.T)()
	b.Cleanup(func() { _ = copy.Close() })
	h, err := store.Restore(background, copy, strings.NewReader(text))
	b.must(err)
	want, records := b.load(b.st)
	got, again := b.load(copy)
	if fmt.Sprint(got) != fmt.Sprint(want) || h.Hash != want.Hash {
		b.Errorf("the head is %+v, of the original %+v", got, want)
	}
	b.sameRecords(again, records)
	_, err = store.Restore(background, copy, strings.NewReader(text))
	b.kind(err, graph.Invalid)
}

func damaged(b *bench) {
	b.put(created(server(1, "alpha"))...)
	b.put(created(server(2, "beta"))...)
	b.put(created(server(3, "gamma"))...)
	lines := strings.SplitAfter(b.dump(), "\n")
	if len(lines) != 5 || lines[4] != "" {
		b.Fatalf("a dump of 3 revisions has %d lines", len(lines)-1)
	}
	whole := strings.Join(lines, "")
	for name, c := range map[string]struct{ text, says string }{
		"empty":                   {"", "line 1: "},
		"cut in a line":           {whole[:len(lines[0])+20], "line 2: "},
		"cut between lines":       {lines[0] + lines[1], "line 3: "},
		"without its last line":   {lines[0] + lines[1] + lines[2], "line 4: "},
		"a line lost":             {lines[0] + lines[2] + lines[3], "line 2: "},
		"the last entry lost":     {lines[0] + lines[1] + lines[3], "line 3: "},
		"a line twice":            {lines[0] + lines[0] + lines[1], "line 2: "},
		"a letter changed":        {strings.Replace(whole, "beta", "bets", 1), "line 2: "},
		"the message changed":     {lines[0] + strings.Replace(lines[1], "a test", "no test", 1) + lines[2] + lines[3], "line 2: "},
		"not JSON":                {lines[0] + "hello\n", "line 2: "},
		"something after its end": {whole + lines[0], "line 5: "},
	} {
		st := b.fresh(b.T)()
		_, err := store.Restore(background, st, strings.NewReader(c.text))
		if !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), c.says) {
			b.Errorf("%s: want an error at %s, got %v", name, c.says, err)
		}
		b.must(st.Close())
	}
}
