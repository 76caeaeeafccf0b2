package neo4j

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

func TestVersionsThatWereNotTriedAreRefused(t *testing.T) {
	for version, says := range map[string]string{
		"5.26": "", "5.26.0": "", "5.26.16": "", "5.26.99-SNAPSHOT": "",
		"3.5.35": "too old", "4.4.44": "too old", "5.2.6": "too old", "5.25.9": "too old",
		"5.27.0": "newer", "5.260.0": "newer", "6.0.0": "newer", "2025.08.0": "newer",
		"": "does not say its version", "?": "does not say its version", "5": "does not say its version",
	} {
		err := judge("neo4j://db:7687", version)
		if says == "" {
			if err != nil {
				t.Errorf("%q is refused: %v", version, err)
			}
			continue
		}
		for _, w := range []string{says, "neo4j://db:7687", "use Neo4j 5.26, Community or Enterprise", "known to work are 5.26.0 and its patches"} {
			if err == nil || !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), w) {
				t.Errorf("of %q the error does not say %q: %v", version, w, err)
			}
		}
	}
}

// It is the server's own word that is judged: on its way from a real one it is
// exchanged, byte for byte.
func TestTheServersVersionIsWhatIsJudged(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	const text = "\x87" // as Bolt begins one of seven bytes
	for as, says := range map[string]string{"4.44.": "is Neo4j 4.44.16, which is too old", "2025.": "is Neo4j 2025.16, which is newer"} {
		st, err := Open(t.Context(), exchanging(t, address, text+"5.26.", text+as))
		if err == nil {
			_ = st.Close()
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("as %s: %v (%v)", as, err, graph.AsError(err).Cause)
		}
	}
	if rows, err := neo4jtest.Run(t.Context(), address, `MATCH (n) RETURN count(n)`); err != nil || rows[0][0] != int64(0) {
		t.Errorf("a database that was refused holds %v, %v", rows, err)
	}
}

// exchanging is the address of a relay to a server that exchanges a text in what
// the server says for another of the same length.
func exchanging(t *testing.T, address, text, by string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := u.Host
	var relaying sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		relaying.Wait()
	})
	relaying.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				_ = client.Close()
				return
			}
			relaying.Go(func() {
				_, _ = io.Copy(server, client)
				_ = server.Close()
			})
			relaying.Go(func() {
				defer func() { _ = client.Close() }()
				for buffer := make([]byte, 64<<10); ; {
					n, err := server.Read(buffer)
					if err != nil {
						return
					}
					if _, err := client.Write(bytes.ReplaceAll(buffer[:n], []byte(text), []byte(by))); err != nil {
						return
					}
				}
			})
		}
	})
	u.Scheme, u.Host = "bolt", l.Addr().String() // bolt: nobody is sent past the relay
	return u.String()
}
