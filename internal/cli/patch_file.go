package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
)

// readPatch reads what a change does to the graph: a GraphPatchInput as one JSON object,
// or lines as import takes them.
func readPatch(name string) (map[string]any, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, usagef("%s cannot be read: %s", name, lastCause(err))
	}
	var whole map[string]any
	if json.Unmarshal(b, &whole) == nil && whole["kind"] == nil {
		return whole, nil
	}
	out := map[string][]any{}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			return nil, usagef("%s, line %d, is no JSON object: %s", name, n, err)
		}
		list, item, wrong := patchLine(line)
		if wrong != "" {
			return nil, usagef("%s, line %d: %s", name, n, wrong).hinted("a patch has lines of the kinds ci, requirement, relation, withdraw and retire")
		}
		out[list] = append(out[list], item)
	}
	if err := lines.Err(); err != nil {
		return nil, usagef("%s has a line of more than 1 MiB", name)
	}
	if len(out) == 0 {
		return nil, usagef("%s holds no patch", name).hinted("write a line for each thing that changes, as import takes them")
	}
	patch := map[string]any{}
	for list, items := range out {
		patch[list] = items
	}
	return patch, nil
}

// patchLine is one line of an interchange file as an item of a patch.
func patchLine(line map[string]any) (list string, item map[string]any, wrong string) {
	kind, _ := line["kind"].(string)
	ref := func(name string) (map[string]any, bool) {
		text, ok := line[name].(string)
		return map[string]any{"ref": text}, ok && text != ""
	}
	item = map[string]any{}
	keep := func(names ...string) {
		for _, name := range names {
			if v, ok := line[name]; ok {
				item[name] = v
			}
		}
	}
	needs := map[string][]string{"relation": {"from", "to"}, "withdraw": {"from", "to"}, "requirement": {"of"}, "retire": {"ci"}}[kind]
	for _, name := range needs {
		r, ok := ref(name)
		if !ok {
			return "", nil, "the field " + name + " is missing"
		}
		item[name] = r
	}
	switch kind {
	case "ci":
		class, _ := line["class"].(string)
		name, _ := line["name"].(string)
		scope, scoped := line["scope"].(string)
		if class == "" || name == "" {
			return "", nil, "the fields class and name are needed"
		}
		if !scoped {
			scope = "default"
		}
		item["ci"] = map[string]any{"ref": class + ":" + scope + "/" + name}
		keep("attributes", "evidence")
		return "upsertCIs", item, ""
	case "relation":
		keep("type", "requirement", "qualifier", "transfer", "grace", "phase", "capacity", "weight", "validFrom", "validTo", "evidence")
		return "upsertRelations", item, ""
	case "withdraw":
		keep("type", "requirement", "qualifier")
		return "withdrawRelations", item, ""
	case "requirement":
		keep("name", "rule", "k", "percent", "designedSize", "spareRequired", "failover", "demand", "demandSteps", "headroomPercent", "degradedPercent", "floorPercent", "plane")
		if targets, ok := line["targets"].([]any); ok {
			var refs []any
			for _, t := range targets {
				refs = append(refs, map[string]any{"ref": t})
			}
			item["targets"] = refs
		}
		return "upsertRequirements", item, ""
	case "retire":
		return "retireCIs", item, ""
	}
	return "", nil, "the kind " + kind + " is none of a patch"
}
