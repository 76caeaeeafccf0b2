package e2e

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	question = `[data-question="30-single-points-of-failure"]`
	runIt    = `.graphiql-execute-button`
	answer   = `.result-window`
	tabs     = `.graphiql-tabs`
	docs     = `button[aria-label="Show Documentation Explorer"]`
)

// Without a network, and without a word of complaint: a saved question is chosen, run
// and answered; the schema can be read; the dialogs open.
func TestASavedQuestionIsAnsweredInTheBrowser(t *testing.T) {
	b := open(t)
	url := serving(t, nil, "demo", "--listen", "127.0.0.1:0")
	b.do(t,
		chromedp.Navigate(url+"/graphiql"),
		shows(".graphiql-query-editor", "query BlastRadius"), // the first of them is open
		chromedp.Click(runIt, chromedp.NodeVisible),
		shows(answer, "57 CIs get worse"),
		chromedp.Click(question, chromedp.NodeVisible),
		shows(tabs, "SinglePointsOfFailure"), // GraphiQL has read it
		chromedp.Click(runIt, chromedp.NodeVisible),
		shows(answer, "has 12 single points of failure"),
		chromedp.Click(docs, chromedp.NodeVisible),
		shows(".graphiql-plugin", "ImpactAssessment"),
		chromedp.Click(`button[aria-label="Open settings dialog"]`, chromedp.NodeVisible),
		chromedp.WaitVisible(`.graphiql-dialog`),
	)
	for _, s := range b.said() {
		t.Errorf("the browser says: %s", s)
	}
	if got := b.places(); !slices.Equal(got, []string{url}) {
		t.Errorf("the page asked %v, not only %s", got, url)
	}
}

// Where the server asks for a token, the page is shown without one, and what it asks
// is answered once the token is there, after a reload, too.
func TestTheTokenIsTypedIntoThePage(t *testing.T) {
	const token = "a-token-of-24-characters"
	b := open(t)
	url := serving(t, []string{"FAULTLINE_TOKEN=" + token}, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+filepath.Join(t.TempDir(), "faultline.db"))
	const ask = `[data-question="99-store"]`
	b.do(t,
		chromedp.Navigate(url+"/graphiql"),
		chromedp.Click(ask, chromedp.NodeVisible),
		shows(tabs, "Store"),
		chromedp.Click(runIt, chromedp.NodeVisible),
		shows(answer, "UNAUTHENTICATED"),
		chromedp.SendKeys("#faultline-token", token+kb.Enter, chromedp.NodeVisible),
		chromedp.Click(runIt, chromedp.NodeVisible),
		shows(answer, `"revision": "0"`),
		chromedp.Reload(),
		chromedp.Click(ask, chromedp.NodeVisible),
		shows(tabs, "Store"),
		chromedp.Click(runIt, chromedp.NodeVisible),
		shows(answer, `"revision": "0"`),
	)
}
