package neo4j_test

import (
	"os"
	"testing"

	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(neo4jtest.Main(m, 2)) }

func TestPromises(t *testing.T) {
	var databases neo4jtest.Databases
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		url := databases.Empty(t)
		return func() store.Store {
			st, err := neo4j.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			return st
		}
	})
}
