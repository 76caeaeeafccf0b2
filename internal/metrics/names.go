package metrics

import "sync"

// maxNames bounds how many names of operations have series of their own: names are
// a client's free text, and series are the server's memory.
const maxNames = 100

// Names of what has none of its own.
const (
	anonymous = "anonymous" // the operation has no name
	other     = "other"     // there were maxNames before it
	unread    = "unread"    // the document was refused before its operation was known
)

// names are the operations that have series of their own: the first ones that came.
type names struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (n *names) label(operation string) string {
	if operation == "" {
		return anonymous
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen[operation] {
		return operation
	}
	if len(n.seen) >= maxNames {
		return other
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[operation] = true
	return operation
}
