package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/cli"
)

// docs/impact.md and docs/first-change.md are documents and tests: each block of ndjson begins an estate of
// its own (or, marked "more", adds to the last), and what stands below a command in a
// console block is what it prints. UPDATE_SCRIPTS=1 writes it.

// documents are by how many estates they have at least.
var documents = map[string]int{"impact.md": 8, "first-change.md": 1}

var block = regexp.MustCompile("(?ms)^```(ndjson(?: more)?|console)\n(.*?)^```$")

func TestTheDocumentsAreTrue(t *testing.T) {
	for name, estates := range documents {
		t.Run(name, func(t *testing.T) { isTrue(t, filepath.Join("../../docs", name), estates) })
	}
}

func isTrue(t *testing.T, document string, estates int) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	store, n := "", 0
	got := block.ReplaceAllStringFunc(string(text), func(b string) string {
		p := block.FindStringSubmatch(b)
		if strings.HasPrefix(p[1], "ndjson") {
			if p[1] == "ndjson" {
				n++
				store = "sqlite:" + filepath.Join(t.TempDir(), "faultline.db")
			}
			file := filepath.Join(t.TempDir(), "estate.ndjson")
			if err := os.WriteFile(file, []byte(p[2]), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, code := faultline(t, store, "import", file); code != 0 {
				t.Fatalf("%s\n%s", out, p[2])
			}
			return b
		}
		command, _, _ := strings.Cut(p[2], "\n")
		out, _ := faultline(t, store, wordsOf(strings.TrimPrefix(command, "$ faultline "))...)
		return "```console\n" + command + "\n" + out + "```"
	})
	if n < estates {
		t.Fatalf("only %d examples were found", n)
	}
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(document, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(text) {
		a, b := strings.Split(string(text), "\n"), strings.Split(got, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("line %d says\n%s\nthe program says\n%s\nUPDATE_SCRIPTS=1 writes it", i+1, a[i], b[i])
			}
		}
		t.Fatal("the document ends elsewhere than the program")
	}
}

// wordsOf splits a command line; single quotes hold blanks together.
func wordsOf(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func faultline(t *testing.T, store string, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := cli.Main(t.Context(), cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Version: "test",
		Getenv: func(name string) string {
			return map[string]string{"FAULTLINE_STORE": store, "LANG": "C.UTF-8", "HOME": t.TempDir()}[name]
		},
		Clock: func() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) },
		Width: func(any) int { return 0 },
	})
	return out.String(), code
}
