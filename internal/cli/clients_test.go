package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/demo"
	"github.com/faultline-itsm/faultline/internal/web"
)

// serving serves the sample estate until the test ends.
func (x binary) serving(t *testing.T) (url string) {
	t.Helper()
	c := exec.Command(string(x), "demo", "--listen", "127.0.0.1:0")
	pipe, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		if err := c.Wait(); err != nil {
			t.Errorf("faultline demo: %v", err)
		}
	})
	for out := bufio.NewReader(pipe); ; {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("it ended without an address, or without that of its page: %v", err)
		}
		if _, rest, ok := strings.Cut(line, "http://"); ok && url == "" {
			url = "http://" + strings.Fields(rest)[0]
		}
		if url != "" && strings.Contains(line, url+"/graphiql") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return url
		}
	}
}

// The questions that the page at /graphiql offers are asked as it asks them, one after
// the other.
func TestSavedQuestionsAreAnsweredOnTheSampleEstate(t *testing.T) {
	questions, err := web.Questions()
	if err != nil {
		t.Fatal(err)
	}
	if len(questions) < 10 {
		t.Errorf("only %d questions are saved", len(questions))
	}
	url := program(t).serving(t)
	titles := map[string]bool{}
	for _, q := range questions {
		if q.Title == "" || q.About == "" || strings.HasPrefix(q.About, "query") || titles[q.Title] {
			t.Errorf("%s has the title %q and says of itself %q", q.Name, q.Title, q.About)
		}
		titles[q.Title] = true
		if writes := strings.Contains(q.Query, "\nmutation "); writes != strings.HasSuffix(q.Title, "(writes)") {
			t.Errorf("%s does not say whether it writes: %q", q.Name, q.Title)
		}
		var variables any
		if q.Variables != "" {
			if err := json.Unmarshal([]byte(q.Variables), &variables); err != nil {
				t.Errorf("%s: %v", q.Name, err)
			}
		}
		body, err := json.Marshal(map[string]any{"query": q.Query, "variables": variables})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(url+"/graphql", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Data   map[string]any
			Errors []any
		}
		if err := json.Unmarshal(answer, &got); err != nil || len(got.Errors) > 0 || bytes.Contains(answer, []byte(`"code":`)) || bytes.Contains(answer, []byte(`"totalCount":0`)) {
			t.Errorf("%s is answered %.600s", q.Name, answer)
		}
		for field, v := range got.Data {
			if v == nil {
				t.Errorf("%s: %s is null", q.Name, field)
			}
		}
		t.Logf("%s: %.300s", q.Name, answer)
	}
}

// Another graph that knows CIs by their ids, composed with ours by the library that
// gateways use: the plan of a question that crosses both is answered.
func TestTheSchemaComposesWithAnother(t *testing.T) {
	installed := os.Getenv("FAULTLINE_FEDERATION")
	if installed == "" {
		t.Skip("@apollo/composition is run by scripts/audits.sh")
	}
	dir := laidOut(t, "federation", installed)
	x := program(t)
	url := x.serving(t)
	if err := os.WriteFile(filepath.Join(dir, "faultline.graphqls"), []byte(x.run(t, "schema", "print")), 0o600); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Errors, Hints []string
		Operation     string
		Answer        struct {
			Data struct {
				Entities []struct{ Ref, Lifecycle string } `json:"_entities"`
			}
		}
	}
	said := shell(t, dir, "node federate.mjs faultline.graphqls desk.graphqls "+url+" "+demo.Question)
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		t.Fatalf("%v in %q", err, said)
	}
	for _, e := range append(got.Errors, got.Hints...) {
		t.Errorf("composition says: %s", e)
	}
	if len(got.Answer.Data.Entities) != 1 || got.Answer.Data.Entities[0].Ref != demo.Question || got.Answer.Data.Entities[0].Lifecycle != "LIVE" {
		t.Errorf("the plan asks %s and is answered %+v", got.Operation, got.Answer)
	}
	t.Logf("the plan asks %s", got.Operation)
}

// The three lines of docs/clients.md, run as they stand there but for the port.
func TestATypedClientInThreeLines(t *testing.T) {
	installed := os.Getenv("FAULTLINE_TYPESCRIPT")
	if installed == "" {
		t.Skip("the TypeScript client is run by scripts/audits.sh")
	}
	dir := laidOut(t, "typescript", installed)
	x := program(t)
	url := x.serving(t)
	out := shell(t, dir, strings.ReplaceAll(threeLines(t), "http://127.0.0.1:8080", url))
	for _, want := range []string{"57 CIs get worse", "\n✖ " + demo.Service + " goes DOWN: it DEPENDS_ON", "\n▲ " + demo.Spared + " is AT_RISK"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the answer:\n%s", want, out)
		}
	}

	source, err := os.ReadFile(filepath.Join(dir, "impact.ts"))
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.NewReplacer("{ ref }, kind", "{ ref, id: 'bjE' }, kind", "to === 'DOWN'", "to === 'BROKEN'")
	if err := os.WriteFile(filepath.Join(dir, "impact.ts"), []byte(wrong.Replace(string(source))), 0o600); err != nil {
		t.Fatal(err)
	}
	refused := shell(t, dir, "npx tsc || true")
	if strings.Count(refused, ": error TS") != 2 {
		t.Errorf("a CI that is named twice and a state that there is none of are not refused:\n%s", refused)
	}
}

// The manual shows the program and the settings that are run.
func TestTheManualShowsTheClientThatIsRun(t *testing.T) {
	manual, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"codegen.json", "tsconfig.json", "impact.ts"} {
		text, err := os.ReadFile(filepath.Join("testdata/clients/typescript", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(manual, text) {
			t.Errorf("docs/clients.md does not show testdata/clients/typescript/%s as it is", name)
		}
	}
	example, err := os.ReadFile("../../client/client_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(manual), "```go\n")
	snippet, _, shown := strings.Cut(after, "```")
	for line := range strings.Lines(snippet) {
		if !shown || !bytes.Contains(example, []byte("\t"+strings.TrimSuffix(line, "\n")+"\n")) {
			t.Errorf("docs/clients.md shows a line that is not in the example of the package: %s", line)
		}
	}
	if n := len(strings.Split(threeLines(t), "\n")); n != 3 {
		t.Errorf("the client takes %d lines, three are promised", n)
	}
}

// threeLines are those of docs/clients.md that make the client and run it.
func threeLines(t *testing.T) string {
	t.Helper()
	manual, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(manual), "```sh\n# the schema, the types of your questions, your program\n")
	lines, _, ok := strings.Cut(after, "\n```")
	if !ok {
		t.Fatal("docs/clients.md does not show how a client is made")
	}
	return lines
}

// laidOut is a folder with the files of testdata/clients, in which the packages are
// that were installed elsewhere.
func laidOut(t *testing.T, name, installed string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/clients", name)))
	if err == nil {
		err = os.Symlink(filepath.Join(installed, "node_modules"), filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// shell runs lines in a folder and returns what they print.
func shell(t *testing.T, dir, lines string) string {
	t.Helper()
	var out, trouble strings.Builder
	c := exec.CommandContext(t.Context(), "sh", "-ec", lines)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &trouble
	if err := c.Run(); err != nil {
		t.Fatalf("%s\n%v\n%s%s", lines, err, out.String(), trouble.String())
	}
	return out.String()
}
