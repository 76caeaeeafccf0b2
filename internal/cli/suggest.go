package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// distance is how many letters must be added, removed, changed or swapped with
// their neighbour to make a word of another.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, above, now := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(s); i++ {
		now[0] = i
		for j := 1; j <= len(t); j++ {
			change := 1
			if s[i-1] == t[j-1] {
				change = 0
			}
			now[j] = min(above[j]+1, now[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, above, now = above, now, before
	}
	return above[len(t)]
}

// nearest are the words that somebody who wrote this may have meant, the likeliest
// first.
func nearest(wrote string, words []string, most int) []string {
	wrote = strings.ToLower(wrote)
	type guess struct {
		word string
		far  int
	}
	var near []guess
	for _, w := range words {
		far := distance(wrote, strings.ToLower(w))
		if len(wrote) > 2 && strings.HasPrefix(strings.ToLower(w), wrote) {
			far = min(far, 1)
		}
		if far <= max(1, len(wrote)/3) {
			near = append(near, guess{w, far})
		}
	}
	slices.SortFunc(near, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.far, b.far), strings.Compare(a.word, b.word))
	})
	var out []string
	for _, g := range near {
		if len(out) < most && !slices.Contains(out, g.word) {
			out = append(out, g.word)
		}
	}
	return out
}

// meant is a hint that names what may have been meant, or else another hint.
func meant(near []string, otherwise string) string {
	if len(near) == 0 {
		return otherwise
	}
	return "did you mean " + either(near) + "?"
}

// either lists alternatives: a, b or c.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// unknownCommand refuses a word where a command is expected.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return usagef("%s has no command %q", cmd.CommandPath(), word).
		hinted("%s", meant(nearest(word, names, 3), cmd.CommandPath()+" --help lists them"))
}

// flagTrouble words what is wrong with the flags of a command.
func flagTrouble(cmd *cobra.Command, err error) error {
	f := usagef("%s", err)
	name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return f.hinted("see %s --help", cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(g *pflag.Flag) {
		if !g.Hidden {
			names = append(names, "--"+g.Name)
		}
	})
	f.message = cmd.CommandPath() + " has no flag --" + name
	return f.hinted("%s", meant(nearest("--"+name, names, 2), "see "+cmd.CommandPath()+" --help"))
}
