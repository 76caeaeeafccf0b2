package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is the command that says which program this is.
func (a *app) version() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "The version of this program",
		Example: `  faultline version`,
		Args:    takes(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			if a.flags.output == asJSON {
				return a.printJSON(struct {
					head
					Version  string `json:"version"`
					Go       string `json:"go"`
					Platform string `json:"platform"`
				}{head{SchemaVersion: schemaVersion}, a.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
			}
			a.line("%s", a.thisProgram())
			return nil
		},
	}
	return prints(cmd, asTable, asJSON)
}

// thisProgram is the program and its version, as --version prints it, too.
func (a *app) thisProgram() string {
	return fmt.Sprintf("%s %s (%s, %s/%s)", program, a.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
