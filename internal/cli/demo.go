package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/demo"
	"github.com/faultline-itsm/faultline/internal/server"
)

// demo is the command for whoever sees this for the first time.
func (a *app) demo() *cobra.Command {
	var listen string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Load a sample estate, answer one question about it, and serve it",
		Long: `Loads a sample estate of 2,206 CIs, made from licensed public data, into a temporary
store, answers one question about it, puts a change before an approver, and serves it
until it is interrupted. Nothing of yours is touched.`,
		Example: `  faultline demo
  faultline demo --once
  faultline demo --listen 127.0.0.1:9090`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.flags.server != "" || a.flags.store != "" {
				return usagef("demo has a temporary store of its own").hinted("leave --store and --server out")
			}
			return a.runDemo(cmd.Context(), listen, once)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", defaultListen, "where to serve it; port 0 takes a free one")
	cmd.Flags().BoolVar(&once, "once", false, "print the answer and exit")
	complete(cmd, "listen", oneOf(defaultListen, "127.0.0.1:0"))
	return prints(cmd, asTable)
}

func (a *app) runDemo(ctx context.Context, listen string, once bool) (err error) {
	var l net.Listener
	if !once { // first, so that a port in use is told before anybody waits
		if l, err = listenOn(ctx, listen, server.Access{}); err != nil {
			return err
		}
		defer func() { _ = l.Close() }() // Serve closed it already, if it came to that
	}
	led, err := a.openLedger(ctx, vanishing, writing)
	if err != nil {
		return err
	}
	c := a.local(led, "the sample estate")
	defer func() { err = errors.Join(err, c.close()) }()
	if err := a.loadDemo(ctx, c); err != nil {
		return err
	}
	if err := a.answerDemo(ctx, c); err != nil {
		return err
	}
	who, number, err := a.planDemo(ctx, c)
	if err != nil {
		return err
	}
	if err := a.showChange(ctx, c, number); err != nil {
		return err
	}
	if once {
		a.next("demo")
		return nil
	}
	a.inviteToDecide(address(l), number, who)
	a.inviteTo(address(l))
	_ = a.out.Flush()
	return server.Serve(ctx, l, a.handler(led, server.Config{Actor: "local", Logger: a.logger("warn")}))
}

// loadDemo takes the way of any import.
func (a *app) loadDemo(ctx context.Context, c *client) error {
	r := &imported{File: "the sample estate"}
	resp, err := c.send(ctx, http.MethodPost, "/import?source=demo", contentTypes["ndjson"], demo.Estate())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	p := a.progress(r.File)
	err = a.readImport(resp.Body, p, r)
	p.end()
	if err != nil {
		return err
	}
	if r.Summary.Errors > 0 {
		return failf("the sample estate is broken").hinted("report this")
	}
	a.note("the sample estate is loaded: %s CIs, %s relations, %s requirements, in %.1f s", number(r.Summary.CIs.Created), number(r.Summary.Relations.Created),
		number(r.Summary.Requirements.Created), r.Summary.Seconds)
	return nil
}

// answerDemo answers the question, and goes after two services: one that is hit,
// one that is spared.
func (a *app) answerDemo(ctx context.Context, c *client) error {
	cis, err := c.resolve(ctx, demo.Question, demo.Service, demo.Spared)
	if err != nil {
		return err
	}
	q := timing{}.question(cis[:1], effects[0])
	q.states, q.limit, q.words, q.brief = []string{"DOWN", "DEGRADED"}, demoListed, true, true
	answer, err := c.assess(ctx, q)
	if err != nil {
		return err
	}
	var reach struct{ Reach page[reached] }
	if _, err := c.ask(ctx, reachDocument, map[string]any{"ci": cis[0].input(), "direction": "CONSUMERS", "first": 1}, &reach); err != nil {
		return err
	}
	hit, err := c.reason(ctx, q, cis[1])
	if err != nil {
		return err
	}
	spared, err := c.reason(ctx, q, cis[2])
	if err != nil {
		return err
	}
	a.line("")
	a.line("%s", a.look.paint(bold, "What breaks if "+cis[0].Ref+" goes down?"))
	a.line("")
	a.verdict(answer)
	a.line("  %s", a.look.paint(dim, a.look.wrap(plainReach(*reach.Reach.TotalCount), 2)))
	a.servicesHit(answer, false)
	a.chain(hit)
	a.chain(spared)
	a.stayedUp(answer, nil, demoHeld)
	a.notKnown(answer, false)
	return nil
}

// plainReach is what an answer without redundancy would be.
func plainReach(n int) string {
	return fmt.Sprintf("%s CIs depend on it, directly or not. Without counting redundancy, all of them would seem to break.", number(n))
}

// How much of the lists the demo's first screen has: it shows services and reasons
// rather than CIs.
const demoListed, demoHeld = 1, 3

// chain says why a service is hit, or what keeps it up.
func (a *app) chain(r *reason) {
	switch {
	case r.Why != nil:
		a.title("Why %s %s", r.CI.Ref, map[string]string{"DOWN": "goes down", "DEGRADED": "is degraded", "AT_RISK": "stays up, without a spare"}[r.Why.To])
		a.printSteps(r.Why.Path)
	case r.WhyNot != nil:
		a.title("Why %s stays up", r.CI.Ref)
		a.printHolds(r.WhyNot)
	}
}

// inviteTo names what to try next. It is data: whoever reads a file of it wants it,
// too.
func (a *app) inviteTo(url string) {
	ask := func(args ...string) {
		words := []string{program, "--server", url}
		for _, w := range args {
			words = append(words, quote(w))
		}
		a.line("  %s", strings.Join(words, " "))
	}
	a.title("The sample estate is served at %s (Ctrl-C ends it). Try next:", url)
	ask("spof", demo.Service)
	ask("impact", demo.Question, "cluster:DO-NYC3")
	ask("why", demo.Spared, "--if", demo.Question, "-o", "tree")
	a.line("  %s/graphiql, in a browser", url)
	a.line("  curl %s/graphql -H 'Content-Type: application/json' -d '{\"query\":\"{ store { nodes relations } }\"}'", url)
}
