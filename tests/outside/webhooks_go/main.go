// Reads messages from stdin, one a line, and says of each whether the library of Standard Webhooks verifies it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type message struct {
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var told message
		if err := json.Unmarshal(lines.Bytes(), &told); err != nil {
			log.Fatal(err)
		}
		fmt.Println(verdict(told))
	}
}

func verdict(told message) string {
	webhook, err := standardwebhooks.NewWebhook(told.Secret)
	if err != nil {
		return "refused: " + err.Error()
	}
	headers := http.Header{}
	for name, value := range told.Headers {
		headers.Set(name, value)
	}
	if err := webhook.Verify([]byte(told.Body), headers); err != nil {
		return "refused: " + err.Error()
	}
	return "verified"
}
