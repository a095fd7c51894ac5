// The rival in Go: the same model behind net/http and ONNX Runtime, through the binding of
// github.com/yalue/onnxruntime_go. Sessions with one thread each run in as many goroutines as
// requests come; GOMAXPROCS bounds them.
//
//	rival libonnxruntime.so model.onnx ADDRESS
package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"

	ort "github.com/yalue/onnxruntime_go"
)

type input struct {
	Name  string  `json:"name"`
	Shape []int64 `json:"shape"`
	Data  []int64 `json:"data"`
}

type output struct {
	Name     string    `json:"name"`
	Datatype string    `json:"datatype"`
	Shape    []int64   `json:"shape"`
	Data     []float32 `json:"data"`
}

type request struct {
	ID     string  `json:"id"`
	Inputs []input `json:"inputs"`
}

type response struct {
	Model   string   `json:"model_name"`
	ID      string   `json:"id"`
	Outputs []output `json:"outputs"`
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func infer(session *ort.DynamicAdvancedSession, body []byte) ([]byte, error) {
	var asked request
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	inputs := make([]ort.Value, 2)
	for i, name := range []string{"history", "candidates"} {
		for _, given := range asked.Inputs {
			if given.Name != name {
				continue
			}
			tensor, err := ort.NewTensor(ort.NewShape(given.Shape...), given.Data)
			if err != nil {
				return nil, err
			}
			defer tensor.Destroy()
			inputs[i] = tensor
		}
	}
	outputs := []ort.Value{nil}
	if err := session.Run(inputs, outputs); err != nil {
		return nil, err
	}
	scores := outputs[0].(*ort.Tensor[float32])
	defer scores.Destroy()
	return json.Marshal(response{"model", asked.ID,
		[]output{{"scores", "FP32", scores.GetShape(), scores.GetData()}}})
}

func main() {
	ort.SetSharedLibraryPath(os.Args[1])
	check(ort.InitializeEnvironment())
	options, err := ort.NewSessionOptions()
	check(err)
	check(options.SetIntraOpNumThreads(1))
	check(options.SetInterOpNumThreads(1))
	session, err := ort.NewDynamicAdvancedSession(os.Args[2], []string{"history", "candidates"},
		[]string{"scores"}, options)
	check(err)
	http.HandleFunc("POST /v2/models/model/infer", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var answer []byte
		if err == nil {
			answer, err = infer(session, body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	})
	log.Print("listening")
	check(http.ListenAndServe(os.Args[3], nil))
}
