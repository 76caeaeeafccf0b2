package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// changeTask is a piece of work of a change.
type changeTask struct {
	Number      string     `json:"number"`
	Title       string     `json:"title"`
	Description *string    `json:"description"`
	Assignee    *string    `json:"assignee"`
	Due         *time.Time `json:"due"`
	State       string     `json:"state"`
	Author      string     `json:"author"`
	ClosedBy    *string    `json:"closedBy"`
	ClosedAt    *time.Time `json:"closedAt"`
	Comment     *string    `json:"comment"`
}

const changeTaskFields = `{ number title description assignee due state author closedBy closedAt comment }`

func (a *app) changeTasks() *cobra.Command {
	return noun("task", "The pieces of work of a change", a.taskAdd(), a.taskClose())
}

func (a *app) taskAdd() *cobra.Command {
	var title, description, assignee, due string
	cmd := &cobra.Command{Use: "add CHG... --title TITLE", Short: "Add a piece of work to a change",
		Long:    `Adds a piece of work to a change. While one is open, the change is not finished, unless it is backed out.`,
		Example: "  faultline change task add CHG0000123 --title 'tell the vendor' --assignee ivan --due 2026-12-01T18:00:00Z"}
	cmd = a.verb(cmd, "addChangeTask", "AddChangeTaskInput", func(in map[string]any) error {
		if title == "" {
			return usagef("--title is missing").hinted("say in one line what is to be done")
		}
		in["title"] = title
		for name, v := range map[string]string{"description": description, "assignee": assignee} {
			text, err := textOrFile(v)
			if err != nil {
				return err
			}
			if text != "" {
				in[name] = text
			}
		}
		if due == "" {
			return nil
		}
		t, err := instant("--due", due)
		in["due"] = t.Format(time.RFC3339)
		return err
	}, nil)
	f := cmd.Flags()
	f.StringVar(&title, "title", "", "what is to be done, in one line")
	f.StringVar(&description, "description", "", "what is to be done, at length; @FILE reads it from a file")
	f.StringVar(&assignee, "assignee", "", "who does it")
	f.StringVar(&due, "due", "", "until when")
	return cmd
}

func (a *app) taskClose() *cobra.Command {
	comment, skipped := "", false
	cmd := &cobra.Command{Use: "close CHG....T1", Short: "Say that a task is done, or skipped and why",
		Example: "  faultline change task close CHG0000123.T1\n  faultline change task close CHG0000123.T2 --skipped --comment 'the vendor knew'"}
	cmd = a.verb(cmd, "closeChangeTask", "CloseChangeTaskInput", func(in map[string]any) error {
		in["task"] = in["change"]
		delete(in, "change")
		if skipped {
			in["outcome"] = "SKIPPED"
		}
		if comment != "" {
			in["comment"] = comment
		}
		return nil
	}, nil)
	cmd.Args = takes(1, 1, "a task")
	cmd.Flags().BoolVar(&skipped, "skipped", false, "it is not needed; --comment says why")
	cmd.Flags().StringVar(&comment, "comment", "", "how it went")
	return cmd
}

// drawTasks prints the tasks of a change.
func (a *app) drawTasks(tasks []changeTask) {
	open := 0
	for _, t := range tasks {
		if t.State == "OPEN" {
			open++
		}
	}
	if len(tasks) == 0 {
		return
	}
	a.title("Tasks (%s, %s open)", number(len(tasks)), number(open))
	for _, t := range tasks {
		text := fmt.Sprintf("%s  %s  %s", t.Number, strings.ToLower(t.State), t.Title)
		switch {
		case t.State != "OPEN":
			text += fmt.Sprintf(" (%s, %s)", deref(t.ClosedBy), a.clock(*t.ClosedAt))
		case t.Assignee != nil:
			text += " (" + *t.Assignee + ")"
		}
		if t.State == "OPEN" && t.Due != nil {
			text += ", until " + a.clock(*t.Due)
		}
		if t.Comment != nil {
			text += ": " + *t.Comment
		}
		a.line("  %s", a.look.wrap(text, 4))
	}
}
