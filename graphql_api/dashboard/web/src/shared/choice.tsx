/** One of a few, each a word on a button. */

interface ChoiceProps<Value extends string> {
  name: string;
  legend: string;
  options: [Value, string][];
  value: Value;
  choose: (value: Value) => void;
}

export function Choice<Value extends string>({ name, legend, options, value, choose }: ChoiceProps<Value>) {
  return (
    <fieldset className="choice">
      <legend>{legend}</legend>
      {options.map(([each, title]) => (
        <label key={each}>
          <input type="radio" name={name} value={each} checked={each === value} onChange={() => choose(each)} />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}
