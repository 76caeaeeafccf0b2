package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
)

// commitsEach is how many commits each writer makes.
const commitsEach = 200

// rawCommit is the same content in one raw transaction: a CI, and a relation to
// one that is there.
const rawCommit = `MATCH (b:Node {id: $to}) CREATE (:Node:CI:Server {id: $id, ref: $ref, class: 'server', scope: 'default', name: $name, lifecycle: 'LIVE'})-[:DEPENDS_ON {transfer: 'HARD'}]->(b)`

// commitRows: one CI and one relation a commit, with rules, record, ledger and
// projection, against a raw transaction, from one writer and from eight.
func (h *hub) commitRows(ctx context.Context) (rows []row, err error) {
	o, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	to := h.estate.Worst()
	for _, writers := range []int{1, 8} {
		ours, err := timed(writers, func(writer, n int) error {
			name := fmt.Sprintf("bench-%d-%d-%d", writers, writer, n)
			of := graph.NodeRef{Ref: graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: name}}
			_, err := o.Commit(ctx, graph.Batch{Actor: "bench", Source: "bench", Ops: []graph.Operation{
				graph.PutNode{Node: of}, graph.PutRelation{From: of, Type: "DEPENDS_ON", To: graph.NodeRef{ID: to}}}})
			return err
		})
		if err != nil {
			return nil, err
		}
		raw, err := timed(writers, func(writer, n int) error {
			session := h.driver.NewSession(ctx, driver.SessionConfig{})
			defer func() { _ = session.Close(ctx) }()
			id := 1<<40 + ((writers*100+writer)*commitsEach + n)
			_, err := session.ExecuteWrite(ctx, func(tx driver.ManagedTransaction) (any, error) {
				res, err := tx.Run(ctx, rawCommit, map[string]any{"to": int64(to), "id": int64(id), "ref": fmt.Sprint("server:raw-", id), "name": fmt.Sprint("raw-", id)})
				if err != nil {
					return nil, err
				}
				return res.Consume(ctx)
			})
			return err
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{fmt.Sprintf("commit/neo4j, writers: %d", writers), "raw transactions " + raw.String(), ours.String(), "printed", ""})
	}
	_, err = h.ask(ctx, `MATCH (n:Node) WHERE n.id >= $first DETACH DELETE n RETURN count(*)`, map[string]any{"first": int64(1) << 40})
	return rows, err
}

// latencies are how long calls took, in order, and all of them together.
type latencies struct {
	each []time.Duration
	all  time.Duration
}

func (l latencies) at(share float64) time.Duration {
	return l.each[min(len(l.each)-1, int(share*float64(len(l.each))))]
}

func (l latencies) String() string {
	return fmt.Sprintf("%.0f/s, p50 %s, p99 %s", float64(len(l.each))/l.all.Seconds(), show(l.at(0.5)), show(l.at(0.99)))
}

// timed has each of some writers call f so many times.
func timed(writers int, f func(writer, n int) error) (latencies, error) {
	var mu sync.Mutex
	var l latencies
	var failed error
	var wg sync.WaitGroup
	start := time.Now()
	for w := range writers {
		wg.Go(func() {
			for n := range commitsEach {
				begin := time.Now()
				err := f(w, n)
				mu.Lock()
				l.each = append(l.each, time.Since(begin))
				failed = errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	l.all = time.Since(start)
	slices.Sort(l.each)
	return l, failed
}

// followEnv makes this program the other process of lagRow.
const followEnv = "BENCH_FOLLOW"

// follow prints each revision from when it is visible here, with the time.
func follow(ctx context.Context, address string) error {
	o, err := openHub(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = o.close() }()
	for seen := graph.Revision(0); ; {
		changed := o.p.Changed()
		if at := o.p.Snapshot().Revision(); at > seen {
			seen = at
			if _, err := fmt.Println(int64(at), time.Now().UnixNano()); err != nil {
				return err
			}
		}
		<-changed
	}
}

// lagRow: from a commit's answer in this process to its revision being visible in
// another one.
func (h *hub) lagRow(ctx context.Context) (_ []row, err error) {
	o, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	other := exec.CommandContext(ctx, self)
	other.Env = append(os.Environ(), followEnv+"="+h.address)
	other.Stderr = os.Stderr
	out, err := other.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := other.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	lines := bufio.NewScanner(out)
	lines.Scan() // it has begun to follow
	var l latencies
	start := time.Now()
	for n := range commitsEach {
		of := graph.NodeRef{Ref: graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: fmt.Sprint("lag-", n)}}
		r, err := o.Commit(ctx, graph.Batch{Actor: "bench", Source: "bench", Ops: []graph.Operation{graph.PutNode{Node: of}}})
		if err != nil {
			return nil, err
		}
		acknowledged := time.Now()
		var at, seen int64
		for at < int64(r.Revision) {
			if !lines.Scan() {
				return nil, fmt.Errorf("the other process ended at revision %d", at)
			}
			if _, err := fmt.Sscan(lines.Text(), &at, &seen); err != nil {
				return nil, err
			}
		}
		l.each = append(l.each, max(0, time.Unix(0, seen).Sub(acknowledged)))
		time.Sleep(time.Duration(n*7919%50) * time.Millisecond) // not in step with its polls
	}
	l.all = time.Since(start)
	slices.Sort(l.each)
	p99 := l.at(0.99)
	return []row{{"lag", fmt.Sprintf("%d commits in one process, visible in another", commitsEach),
		fmt.Sprintf("p50 %s, p99 %s", show(l.at(0.5)), show(p99)), "p99 <= 1 s", verdict(p99 <= time.Second)}}, nil
}
