<?php
// What an integrator does, by OpenAPI Generator's `php` client alone, with Guzzle.
// Call: `php flow.php ADDRESS TENANT EMAIL PASSWORD PDF`; beside it stands the client's `lib`.

declare(strict_types=1);

use GuzzleHttp\Client as Http;
use OpenAPI\Client\Api\ActionPlansApi;
use OpenAPI\Client\Api\AuthApi;
use OpenAPI\Client\Api\ImprovementsApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model;

require_once 'GuzzleHttp/autoload.php';
spl_autoload_register(function (string $class): void {
    $file = __DIR__ . '/lib/' . strtr(substr($class, strlen('OpenAPI\\Client\\')), '\\', '/') . '.php';
    if (str_starts_with($class, 'OpenAPI\\Client\\') && file_exists($file)) {
        require $file;
    }
});
set_error_handler(fn (int $level, string $what) => throw new ErrorException("$level $what"));

function check(bool $holds, string $what): void
{
    if (!$holds) {
        throw new RuntimeException($what);
    }
}

function refused(int $status, string $code, callable $call): void
{
    try {
        $call();
    } catch (ApiException $error) {
        $problem = json_decode($error->getResponseBody(), true);
        check([$error->getCode(), $problem['code']] === [$status, $code], $error->getMessage());
        return;
    }
    throw new RuntimeException($code);
}

/** Create a plan, start it, upload a file, close it too early, then as it must be. */
function keepPlan(ImprovementsApi $plans, string $owner, string $pdf): void
{
    $plan = $plans->createImprovementPlan(new Model\PlanInput([
        'title' => 'Raccourcir les délais : Été, œuvre',
        'trigger' => Model\Trigger::FEEDBACK,
        'target_date' => new DateTime('2026-12-31'),
        'owner' => $owner,
        'actions' => [new Model\ActionInput(['description' => 'Écouter'])],
    ]))->getData();
    check($plan->getTitle() === 'Raccourcir les délais : Été, œuvre', 'title');
    $start = new Model\PlanChanges(['status' => Model\PlanStatus::IN_PROGRESS]);
    $plans->updateImprovementPlan($plan->getId(), plan_changes: $start);
    $file = $plans->addAttachment($plan->getId(), new SplFileObject($pdf))->getData();
    check($file->getSize() === filesize($pdf), 'size');
    $closure = new Model\ClosureInput(['summary' => 'Délai réduit.', 'outcomes' => ['- 42 %']]);
    refused(409, 'OPEN_ACTIONS', fn () => $plans->closeImprovementPlan($plan->getId(), $closure));
    $done = new Model\ActionChanges(['status' => Model\ActionStatus::DONE]);
    $action = $plan->getActions()[0]->getId();
    $plans->updateCorrectiveAction($plan->getId(), $action, action_changes: $done);
    $closed = $plans->closeImprovementPlan($plan->getId(), $closure)->getData();
    check($closed->getStatus() === Model\PlanStatus::COMPLETED, 'closed');
    check($closed->getClosureReport()->getOutcomes() === ['- 42 %'], 'outcomes');
}

/** Create drafts, turn the pages of the list, delete the drafts. */
function pageAndDelete(ImprovementsApi $plans, string $owner): void
{
    $drafts = [];
    foreach ([1, 2, 3] as $_) {
        $drafts[] = $plans->createImprovementPlan(new Model\PlanInput([
            'title' => 'Brouillon',
            'trigger' => Model\Trigger::AUDIT,
            'target_date' => new DateTime('2026-12-31'),
            'owner' => $owner,
        ]))->getData()->getId();
    }
    [$found, $page] = [[], 1];
    do {
        $answer = $plans->listImprovementPlans(
            status: Model\PlanStatus::DRAFT, page: $page++, per_page: 2
        );
        foreach ($answer->getData() as $one) {
            $found[$one->getId()] = true;
        }
    } while ($answer->getData());
    check(array_diff($drafts, array_keys($found)) === [], 'paged');
    check(count($found) === $answer->getMeta()->getTotal(), 'total');
    foreach ($drafts as $draft) {
        $plans->deleteImprovementPlan($draft);
        refused(404, 'NOT_FOUND', fn () => $plans->getImprovementPlan($draft));
    }
}

/** Open a company session; work with its `SessionId` alone. */
function companyActions(Http $http, Configuration $settings, string $email, string $password): void
{
    $session = (new ActionPlansApi($http, $settings))->openCompanySession(
        new Model\CredentialsInput(['email' => $email, 'password' => $password])
    );
    $only = (new Configuration())->setHost($settings->getHost());
    $only->setApiKey('SessionId', $session->getSessionId());
    $theirs = new ActionPlansApi($http, $only);
    $plan = $theirs->createActionPlan(new Model\ActionPlanInput(['title' => 'Équipe']));
    $made = $theirs->createAction(new Model\CompanyActionInput([
        'plan_id' => $plan->getId(), 'title' => 'Accueil', 'due_date' => new DateTime('2099-06-30'),
    ]));
    check($made->getDueDate()->format('Y-m-d') === '2099-06-30', 'due date');
    $theirs->deleteActionPlan($plan->getId());
}

/** Make each call that only reads and needs no id, one family after the other. */
function readEverything(Http $http, Configuration $settings): void
{
    $count = 0;
    foreach (glob(__DIR__ . '/lib/Api/*Api.php') as $file) {
        $class = 'OpenAPI\\Client\\Api\\' . basename($file, '.php');
        $family = new $class($http, $settings);
        foreach ((new ReflectionClass($class))->getMethods() as $method) {
            $name = $method->getName();
            $reads = preg_match('/^(list|get)(?!.*(WithHttpInfo|Async|Request|Config|HostIndex))/', $name);
            if ($reads && !$method->isStatic() && $method->getNumberOfRequiredParameters() === 0) {
                $family->$name();
                $count++;
            }
        }
    }
    check($count > 30, "only $count calls");
}

[, $address, $tenant, $email, $password, $pdf] = $argv;
$settings = (new Configuration())->setHost($address)->setApiKey('X-Tenant-ID', $tenant);
$http = new Http();
$login = new Model\LoginInput(['email' => $email, 'password' => $password]);
$session = (new AuthApi($http, $settings))->login($login)->getData();
$settings->setAccessToken($session->getAccessToken());
$me = (new AuthApi($http, $settings))->getMe()->getData();
check($me->getRole() === Model\Role::ADMIN, 'role');
$plans = new ImprovementsApi($http, $settings);
keepPlan($plans, $me->getId(), $pdf);
pageAndDelete($plans, $me->getId());
companyActions($http, $settings, $email, $password);
readEverything($http, $settings);
echo "done\n";
