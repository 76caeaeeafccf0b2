package cli

import (
	"strings"
	"unicode/utf8"

	"github.com/faultline-itsm/faultline/internal/itsm"
)

// look is how text may appear on one stream.
type look struct {
	tty   bool
	width int // of the terminal; 0: none, nothing is ever shortened
	color bool
	utf8  bool
}

// lookOf asks the environment what a stream can show.
func (a *app) lookOf(stream any) look {
	l := look{width: a.Width(stream), utf8: a.speaksUTF8()}
	l.tty = l.width > 0
	plain, _ := a.plain()
	l.color = l.tty && !plain
	return l
}

// speaksUTF8 says whether the locale does; the first variable that is set counts.
func (a *app) speaksUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := a.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// style is a terminal's number for a colour or a weight.
type style string

const (
	normal style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	green  style = "32"
	yellow style = "33"
	blue   style = "34"
)

func (l look) paint(s style, text string) string {
	if !l.color || s == normal || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// stateLooks are colour, mark and word of the states, as on the page.
var stateLooks = map[string]struct {
	style       style
	mark, ascii string
}{
	"DOWN":        {red, "✖", "x"},
	"DEGRADED":    {yellow, "▲", "!"},
	"AT_RISK":     {blue, "◇", "~"},
	"OPERATIONAL": {green, "✓", "+"},
}

// state is mark and word of a state.
func (l look) state(s string) string {
	at := stateLooks[s]
	if l.utf8 {
		return at.mark + " " + s
	}
	return at.ascii + " " + s
}

func (l look) painted(s string) string { return l.paint(stateLooks[s].style, l.state(s)) }

func (l look) pick(fancy, ascii string) string {
	if l.utf8 {
		return fancy
	}
	return ascii
}

// clean makes what somebody else wrote harmless on a terminal: control characters
// could move the cursor, a line's end would break a table, and what overrides the
// direction of reading would show something else than there is.
func (l look) clean(s string) string {
	if !strings.ContainsFunc(s, itsm.Hidden) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !itsm.Hidden(r):
			return r
		case l.utf8:
			return '·'
		}
		return '.'
	}, s)
}

// fit shortens a name in its middle, where names differ least.
func (l look) fit(s string, most int) string {
	n := utf8.RuneCountInString(s)
	if n <= most || most < 5 {
		return s
	}
	gap := l.pick("…", "..")
	keep := most - utf8.RuneCountInString(gap)
	r := []rune(s)
	head := (keep + 1) / 2
	return string(r[:head]) + gap + string(r[n-(keep-head):])
}

// wrap breaks a sentence at blanks where the terminal is too narrow for it;
// elsewhere it stays on one line.
func (l look) wrap(text string, indent int) string {
	text = l.clean(text)
	room := l.width - indent
	if l.width == 0 || room < 20 || utf8.RuneCountInString(text) <= room {
		return text
	}
	var b strings.Builder
	used := 0
	for i, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+n > room:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}
