package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browsers are the programs that are looked for, in this order.
var browsers = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// patience bounds what a row of actions may take.
const patience = 2 * time.Minute

// tab is a page in a browser that reaches this machine only, with what the browser
// said about it.
type tab struct {
	context.Context
	mu       sync.Mutex
	troubles []string
	hosts    map[string]bool
}

// open starts a browser. Without one the test is skipped, unless FAULTLINE_REQUIRE
// asks for it.
func open(t *testing.T) *tab {
	t.Helper()
	path := os.Getenv("FAULTLINE_BROWSER")
	for _, name := range browsers {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		wanted := strings.FieldsFunc(os.Getenv("FAULTLINE_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' })
		if slices.Contains(wanted, "browser") {
			t.Fatal("FAULTLINE_REQUIRE asks for a browser, and none of these is on the PATH: " + strings.Join(browsers, ", "))
		}
		t.Skip("SKIPPED: there is no browser; install one (Debian: chromium-headless-shell), or name it in FAULTLINE_BROWSER")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1400, 900),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), // no network
		chromedp.Flag("no-sandbox", os.Geteuid() == 0),
	)
	ctx, ended := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(ended)
	ctx, closed := chromedp.NewContext(ctx)
	t.Cleanup(func() { // waits until the browser has ended, and would end it
		defer closed()
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("the browser does not end: %v", err)
		}
	})
	out := &tab{Context: ctx, hosts: map[string]bool{}}
	chromedp.ListenTarget(ctx, out.listen)
	if err := chromedp.Run(ctx, network.Enable(), log.Enable(), runtime.Enable()); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	return out
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.troubles = append(b.troubles, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value), a.Description)
			}
			b.troubles = append(b.troubles, fmt.Sprint(e.Type, " ", said))
		}
	case *log.EventEntryAdded: // what a content security policy refuses, too
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			b.troubles = append(b.troubles, fmt.Sprint(e.Entry.Level, " ", e.Entry.Text, " ", e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" {
			b.hosts[u.Scheme+"://"+u.Host] = true
		}
	}
}

// do runs actions one after the other.
func (b *tab) do(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	within, cancel := context.WithTimeout(b, patience)
	defer cancel()
	if err := chromedp.Run(within, actions...); err != nil {
		shown, cancel := context.WithTimeout(b, patience/10)
		defer cancel()
		var text string
		_ = chromedp.Run(shown, chromedp.Evaluate(`document.body.innerText`, &text))
		t.Fatalf("%v\nthe browser says %q and shows\n%s", err, b.said(), text)
	}
}

func (b *tab) said() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.troubles)
}

// places are the origins that the page asked.
func (b *tab) places() (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for h := range b.hosts {
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// shows waits until an element has a text in it.
func shows(selector, text string) chromedp.Action {
	return chromedp.Poll(fmt.Sprintf(`(document.querySelector(%q)?.innerText ?? '').replaceAll('\u00a0', ' ').includes(%q)`, selector, text), nil, chromedp.WithPollingTimeout(patience))
}
