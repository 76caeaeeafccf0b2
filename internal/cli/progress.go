package cli

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far an import is: a bar on a terminal, a plain line now and
// then elsewhere.
type progress struct {
	a     *app
	file  string
	phase string
	bar   *progressbar.ProgressBar
	drawn bool // something of it stands on the terminal
	told  time.Time
}

// plainEvery is how often progress is told where nobody sees a bar.
const plainEvery = 2 * time.Second

func (a *app) progress(file string) *progress {
	return &progress{a: a, file: file, told: a.Clock()}
}

var phaseWords = map[string]string{"check": "checking", "write": "writing"}

func (p *progress) step(s importStep) {
	what := firstOf(phaseWords[s.Phase], s.Phase) + " " + p.file
	if !p.a.tell.tty {
		if now := p.a.Clock(); now.Sub(p.told) >= plainEvery {
			p.told = now
			fmt.Fprintf(p.a.Stderr, "%s: %s of %s %s\n", what, number(s.Done), number(s.Total), s.Unit)
		}
		return
	}
	if p.bar == nil || p.phase != s.Phase {
		p.end()
		p.phase = s.Phase
		p.bar = progressbar.NewOptions(s.Total, append(p.a.barLook(),
			progressbar.OptionSetWriter(p.a.Stderr), progressbar.OptionSetDescription(p.a.tell.fit(what, 40)),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(65*time.Millisecond),
			progressbar.OptionClearOnFinish())...)
		p.bar.StartWithoutRender()
		return // a rate needs two points in time
	}
	p.drawn = true
	_ = p.bar.Set(s.Done)
}

func (a *app) barLook() []progressbar.Option {
	theme := progressbar.Theme{Saucer: "━", SaucerPadding: " ", BarStart: " ", BarEnd: " "}
	if !a.tell.utf8 {
		theme = progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}
	}
	return []progressbar.Option{progressbar.OptionSetTheme(theme), progressbar.OptionSetWidth(24)}
}

// pause takes the bar away, so that a line can be printed where it stood.
func (p *progress) pause() {
	if p.bar != nil && p.drawn {
		p.drawn = false
		_ = p.bar.Clear()
	}
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Close()
		p.bar = nil
	}
}
