package population_test

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/population"
)

// large is an estate of 20,000 CIs and about 100,000 relations, as the store's own
// BenchmarkBulk has it.
func large(b *testing.B) []byte {
	b.Helper()
	var out bytes.Buffer
	must(b, graphtest.Estate{Seed: 1, CIs: 20_000}.WriteNDJSON(&out))
	return out.Bytes()
}

func report(b *testing.B, lines int) {
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkImport is a first import, to durable and queryable.
func BenchmarkImport(b *testing.B) {
	input := large(b)
	for b.Loop() {
		b.StopTimer()
		l := ledgerAt(b, filepath.Join(b.TempDir(), "faultline.db"))
		b.StartTimer()
		var d told
		must(b, population.Import(background, l, bytes.NewReader(input), population.Options{}, d.line))
		if !d.Applied {
			b.Fatalf("%+v %+v", d.errors, d.Summary)
		}
	}
	report(b, bytes.Count(input, []byte("\n")))
}

// BenchmarkCheck is the same without writing.
func BenchmarkCheck(b *testing.B) {
	input := large(b)
	l := ledgerAt(b, filepath.Join(b.TempDir(), "faultline.db"))
	for b.Loop() {
		must(b, population.Import(background, l, bytes.NewReader(input), population.Options{DryRun: true}, func(any) error { return nil }))
	}
	report(b, bytes.Count(input, []byte("\n")))
}

// BenchmarkResync is an import of what is there already.
func BenchmarkResync(b *testing.B) {
	input := large(b)
	l := ledgerAt(b, filepath.Join(b.TempDir(), "faultline.db"))
	var d told
	for b.Loop() {
		must(b, population.Import(background, l, bytes.NewReader(input), population.Options{}, d.line))
	}
	report(b, bytes.Count(input, []byte("\n")))
}

// BenchmarkExport writes it all.
func BenchmarkExport(b *testing.B) {
	input := large(b)
	l := ledgerAt(b, filepath.Join(b.TempDir(), "faultline.db"))
	brought(b, l, string(input), population.Options{})
	for b.Loop() {
		must(b, population.Export(background, l, io.Discard))
	}
	report(b, bytes.Count(input, []byte("\n")))
}
