package sqlite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"
)

// Statements are constants: the only way to make one is a constant declaration
// from a single literal. A conversion, a concatenation or a statement passed
// around as a string would let something that a user typed into SQL.
func TestStatementsAreConstants(t *testing.T) {
	files := token.NewFileSet()
	packages, err := parser.ParseDir(files, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range packages["sqlite"].Files {
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
					for _, value := range v.Values {
						if _, literal := value.(*ast.BasicLit); !literal {
							t.Errorf("%s: a statement must be one literal", files.Position(value.Pos()))
						}
						found++
					}
				}
			case *ast.CallExpr:
				if isStatement(n.Fun) {
					t.Errorf("%s: something is converted to a statement", files.Position(n.Pos()))
				}
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "PrepareContext" || sel.Sel.Name == "ExecContext" || sel.Sel.Name == "QueryContext") {
					for _, arg := range n.Args {
						if call, ok := arg.(*ast.CallExpr); ok {
							if fun, ok := call.Fun.(*ast.Ident); ok && fun.Name == "string" && len(call.Args) == 1 {
								if id, ok := call.Args[0].(*ast.Ident); !ok || id.Name != "q" {
									t.Errorf("%s: the driver gets something else than a statement", files.Position(n.Pos()))
								}
							}
						}
					}
				}
			}
			return true
		})
	}
	if found < 50 {
		t.Errorf("only %d statements were found: the test looks in the wrong place", found)
	}
}

func isStatement(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "statement"
}
