// Command bench prints one table: how fast the graph, the store and the API
// answer, as ratios against peers measured in the same run. Answers are checked
// equal before anything is timed. It refuses to compare with a number from
// another machine or another day.
//
// BENCH_CIS is the size of the large estate (default 1000000), BENCH_ROWS a
// regular expression over row names, BENCH_PEER the CIs of the database peer
// (default 100000).
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one line of the table.
type row struct{ name, peer, measured, goal, verdict string }

// sizes are how large the estates are.
type sizes struct{ cis, peer int }

func main() {
	work := run
	if address := os.Getenv(followEnv); address != "" {
		work = func(ctx context.Context) error { return follow(ctx, address) }
	}
	if err := work(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	pattern, err := regexp.Compile(os.Getenv("BENCH_ROWS"))
	if err != nil {
		return fmt.Errorf("BENCH_ROWS: %w", err)
	}
	z := sizes{number("BENCH_CIS", 1_000_000), number("BENCH_PEER", 100_000)}
	var rows []row
	for _, m := range []struct {
		names   string
		measure func(context.Context, sizes) ([]row, error)
	}{
		{"impact/state impact/window impact/worlds impact/why graph/memory spof/service spof/estate spof/pairs graph/commit", engineRows},
		{"impact/sqlite", peerRows},
		{"import/ndjson import/again", importRows},
		{"start/cold", coldRows},
		{"asOf", pastRows},
		{"gql/encode", encodeRows},
		{"change/assess change/conflicts change/slots", changeRows},
		{"import/neo4j start/neo4j impact/cypher commit/neo4j lag", hubRows},
	} {
		if !pattern.MatchString(m.names) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s\n", m.names)
		got, err := m.measure(ctx, z)
		if err != nil {
			return fmt.Errorf("%s: %w", m.names, err)
		}
		rows = append(rows, got...)
		runtime.GC()
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "row\tagainst\tmeasured\tgoal\t")
	for _, r := range rows {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", r.name, r.peer, r.measured, r.goal, r.verdict)
	}
	fmt.Fprintf(out, "\n%s %s/%s, %d cores; %d CIs in the large estate, %d in the database peer\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), z.cis, z.peer)
	return out.Flush()
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// engineRows come from the graph's own tests: the yardstick needs its arrays.
func engineRows(ctx context.Context, z sizes) ([]row, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "./graph", "-run", "^TestPerformanceRows$", "-count=1", "-timeout=30m", "-v")
	cmd.Env = append(os.Environ(), "BENCH_CIS="+strconv.Itoa(z.cis))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	var rows []row
	for _, l := range strings.Split(string(out), "\n") {
		if f := strings.Split(l, "|"); len(f) == 6 && f[0] == "row" {
			rows = append(rows, row{f[1], f[2], f[3], f[4], f[5]})
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no rows in\n%s", out)
	}
	return rows, nil
}

// best is the shortest of n runs: noise only ever adds.
func best(n int, f func() error) (time.Duration, error) {
	least := time.Duration(1<<63 - 1)
	for range n {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		least = min(least, time.Since(start))
	}
	return least, nil
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}
