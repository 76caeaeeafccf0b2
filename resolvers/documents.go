package resolvers

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// documents keeps parsed and validated documents, so that a client that repeats
// one pays for it once. When it is full it starts anew: what is in use comes back
// with its next request.
type documents struct {
	mu   sync.Mutex
	docs map[string]*ast.QueryDocument
}

// maxDocuments is how many are kept, maxKept how long one may be.
const maxDocuments, maxKept = 512, 64 << 10

func (d *documents) get(query string) (*ast.QueryDocument, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc, ok := d.docs[query]
	return doc, ok
}

func (d *documents) add(query string, doc *ast.QueryDocument) {
	if len(query) > maxKept {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.docs == nil || len(d.docs) >= maxDocuments {
		d.docs = map[string]*ast.QueryDocument{}
	}
	d.docs[query] = doc
}
