package cli

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// past is the point in time that a command asks about.
type past struct{ asOf, knownAt string }

// pastFlags lets commands ask about the graph as it was.
func (a *app) pastFlags(cmds ...*cobra.Command) []*cobra.Command {
	for _, cmd := range cmds {
		cmd.Flags().StringVar(&a.past.asOf, "as-of", "", "the graph as it was: a revision, a time or the name of a baseline")
		cmd.Flags().StringVar(&a.past.knownAt, "known-at", "", "what was known at a revision, a time or a baseline; with --as-of that is only the instant asked about")
	}
	return cmds
}

// pointInTime is how a request names a revision, a time or a baseline.
func pointInTime(word string) map[string]any {
	if _, err := strconv.ParseUint(word, 10, 64); err == nil {
		return map[string]any{"revision": word}
	}
	if t, err := time.Parse(time.RFC3339, word); err == nil {
		return map[string]any{"time": t.Format(time.RFC3339Nano)}
	}
	return map[string]any{"baseline": word}
}

// The root fields that can be asked as of a point in time, and the head of a
// document.
var (
	timedField = regexp.MustCompile(`(^|[\s{:])(impact|reach|cutSets|dangerous|illusions|cis|ci|nodes)\(`)
	queryHead  = regexp.MustCompile(`^query( \w+)?\(`)
)

// at adds the point in time to a document and its variables. Documents of commands
// say nothing of time: whether they are asked as of one is the same for all.
func (p past) at(document string, variables map[string]any) (string, map[string]any) {
	if p == (past{}) || !timedField.MatchString(document) || !queryHead.MatchString(document) {
		return document, variables
	}
	params, args := "", ""
	vars := map[string]any{}
	for k, v := range variables {
		vars[k] = v
	}
	for _, x := range []struct{ name, word string }{{"asOf", p.asOf}, {"knownAt", p.knownAt}} {
		if x.word != "" {
			params += "$" + x.name + ": PointInTime, "
			args += x.name + ": $" + x.name + ", "
			vars[x.name] = pointInTime(x.word)
		}
	}
	head, fields, _ := strings.Cut(document, "{") // no default in a document of ours is an object
	return queryHead.ReplaceAllString(head, "query${1}("+strings.ReplaceAll(params, "$", "$$")) + "{" + timedField.ReplaceAllString(fields, "${1}${2}("+strings.ReplaceAll(args, "$", "$$")), vars
}
