package cli

import (
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/server"
)

// schema is the command about the API's schema.
func (a *app) schema() *cobra.Command {
	return noun("schema", "The API's schema: print", &cobra.Command{
		Use:     "print",
		Short:   "Print the GraphQL schema (SDL), with its descriptions",
		Example: `  faultline schema print > schema.graphqls`,
		Args:    takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := a.target()
			if err != nil {
				return err
			}
			// The schema is that of the program: no store is opened for it.
			c := &client{base: "http://localhost", name: program, http: &http.Client{Transport: &inProcess{handler: server.New(server.Config{})}}, end: func() error { return nil }}
			if t.server != "" {
				if c, err = a.connect(cmd.Context(), reading); err != nil {
					return err
				}
			}
			defer func() { _ = c.close() }()
			resp, err := c.send(cmd.Context(), http.MethodGet, "/schema.graphqls", "", nil)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if _, err := io.Copy(a.out, resp.Body); err != nil {
				return brokenOff(cmd.Context(), err)
			}
			return nil
		},
	})
}
