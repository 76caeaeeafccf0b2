// Command build makes the sample estate of internal/demo from the licensed public
// data in FAULTLINE_DATA. The same data gives the same bytes.
//
// Facts are taken as they stand in the sources. What no source says (which
// application runs where, replicas, business services) is placed here, in
// placed.go alone, and marked DECLARED in the file; what was concluded is INFERRED.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("o", "estate.ndjson", "the file to write")
	flag.Parse()
	if err := run(os.Getenv("FAULTLINE_DATA"), *out); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	if data == "" {
		return fmt.Errorf("set FAULTLINE_DATA to the folder that holds netbox-demo, otel-demo and online-boutique")
	}
	e := newEstate()
	if err := netbox(e, filepath.Join(data, "netbox-demo/json/netbox-demo-v3.6.json")); err != nil {
		return err
	}
	if err := astronomy(e, filepath.Join(data, "otel-demo")); err != nil {
		return err
	}
	if err := boutique(e, filepath.Join(data, "online-boutique/release/kubernetes-manifests.yaml")); err != nil {
		return err
	}
	place(e)
	text, err := e.ndjson()
	if err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}
