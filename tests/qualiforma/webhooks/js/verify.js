// Reads {secret, headers, body} from standard input; prints the message that the library accepts.
const { Webhook } = require("standardwebhooks");
let text = "";
process.stdin.on("data", part => { text += part; });
process.stdin.on("end", () => {
    const { secret, headers, body } = JSON.parse(text);
    console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
});
