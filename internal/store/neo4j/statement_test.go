package neo4j

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

// Statements are constants: the only way to make one is a constant declaration
// from a single literal. A conversion, a concatenation or a statement passed
// around as a string would let something that a user typed into Cypher.
func TestStatementsAreConstants(t *testing.T) {
	if found := statements(t); len(found) < 60 {
		t.Errorf("only %d statements were found: the test looks in the wrong place", len(found))
	}
}

// statements are the package's by name; what makes one in another way fails.
func statements(t *testing.T) map[string]statement {
	t.Helper()
	found := map[string]statement{}
	files := token.NewFileSet()
	packages, err := parser.ParseDir(files, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range packages["neo4j"].Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				for _, s := range n.Specs {
					v, ok := s.(*ast.ValueSpec)
					if !ok || !isStatement(v.Type) {
						continue
					}
					if n.Tok != token.CONST {
						t.Errorf("%s: a statement must be a constant", files.Position(v.Pos()))
					}
					for i, value := range v.Values {
						literal, ok := value.(*ast.BasicLit)
						if !ok {
							t.Errorf("%s: a statement must be one literal", files.Position(value.Pos()))
							continue
						}
						text, err := strconv.Unquote(literal.Value)
						if err != nil {
							t.Fatal(err)
						}
						found[v.Names[i].Name] = statement(text)
					}
				}
			case *ast.CallExpr:
				if isStatement(n.Fun) {
					t.Errorf("%s: something is converted to a statement", files.Position(n.Pos()))
				}
				// The calls of the driver that take Cypher get a statement.
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Run" && len(n.Args) > 1 && !fromStatement(n.Args[1]) {
					t.Errorf("%s: the driver gets something else than a statement", files.Position(n.Pos()))
				}
			}
			return true
		})
	}
	return found
}

func isStatement(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "statement"
}

// fromStatement says whether an argument is string(q), q being a statement.
func fromStatement(arg ast.Expr) bool {
	call, ok := arg.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return false
	}
	fun, isName := call.Fun.(*ast.Ident)
	q, isQ := call.Args[0].(*ast.Ident)
	return isName && isQ && fun.Name == "string" && q.Name == "q"
}

// Neo4j plans a statement by what the database holds when it first sees it, and
// an empty one invites it to scan: cheap then, and minutes later, when the same
// plan meets a million relations. So no statement may have such a plan even on an
// empty database, except those that are about everything.
func TestNoStatementScansWhereItShouldSeek(t *testing.T) {
	var databases neo4jtest.Databases
	url := databases.Empty(t)
	st, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	mayScan := []string{"countAll", "countLocks", // the count store
		"getFormat", "setFormat", "layLedger", "getHead", "putHead", "lockToWrite", "lockToRead", // the one ledger
		"allClasses", "allTypes", "auditDefinitions", // all of them are wanted
		"strangers", "nowhere", "ofTypes", "allRelations"} // once in a check, once in a redefinition
	found := statements(t)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		q := found[name]
		if strings.HasPrefix(string(q), "CREATE ") || strings.HasPrefix(string(q), "CALL ") || slices.Contains(mayScan, name) {
			continue
		}
		if plan := planned(t, st, q); strings.Contains(plan, "Scan") {
			t.Errorf("%s is planned with a scan:\n%s", name, plan)
		}
	}
}

// planned is the plan of a statement as Neo4j draws it.
func planned(t *testing.T, st *Store, q statement) string {
	t.Helper()
	ctx := context.Background()
	session, end := st.open(ctx)
	defer end()
	res, err := session.Run(ctx, "EXPLAIN "+string(q), nil)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	sum, err := res.Consume(ctx)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	text, _ := sum.Plan().Arguments()["string-representation"].(string)
	if !strings.Contains(text, "ProduceResults") && !strings.Contains(text, "+Empty") {
		t.Fatalf("%s: there is no plan in %q", q, text)
	}
	return text
}
